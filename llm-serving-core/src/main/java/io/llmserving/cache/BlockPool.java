package io.llmserving.cache;

/**
 * Counts the holders of blocks. Blocks without a holder wait in the order in which they
 * were given back; their content may be found by its key until they are taken again.
 * Engine thread only.
 */
class BlockPool {

	private final int[] holders;

	private final int[] next;

	private final int[] previous;

	private final BlockIndex index;

	/** Index of the list's sentinel. */
	private final int end;

	private int free;

	private int cached;

	BlockPool(int blocks, BlockIndex index) {
		this.holders = new int[blocks];
		this.next = new int[blocks + 1];
		this.previous = new int[blocks + 1];
		this.index = index;
		this.end = blocks;
		this.next[blocks] = blocks;
		this.previous[blocks] = blocks;
		for (int block = 0; block < blocks; block++) {
			append(block);
		}
	}

	int free() {
		return this.free;
	}

	/** Returns how many free blocks have content that may be found. */
	int cached() {
		return this.cached;
	}

	int size() {
		return this.holders.length;
	}

	int holders(int block) {
		return this.holders[block];
	}

	boolean registered(int block) {
		return this.index.holds(block);
	}

	/** Takes the block that was given back first; its content is forgotten. */
	int take() {
		int block = this.next[this.end];
		if (block == this.end) {
			throw new IllegalStateException("None of %d blocks is free".formatted(this.holders.length));
		}
		unlink(block);
		if (this.index.holds(block)) {
			this.index.remove(block);
		}
		this.holders[block] = 1;
		return block;
	}

	/** Adds a holder to a block. */
	void hold(int block) {
		if (this.holders[block]++ == 0) {
			unlink(block);
		}
	}

	void giveBack(int block) {
		if (this.holders[block] <= 0) {
			throw new IllegalStateException("Block %d has no holder".formatted(block));
		}
		if (--this.holders[block] == 0) {
			append(block);
		}
	}

	/** Makes the content of a block that is held known. */
	void register(int group, int block, long high, long low) {
		this.index.add(group, block, high, low);
	}

	/** Returns the block with this content, -1 if there is none. */
	int find(int group, long high, long low) {
		return this.index.find(group, high, low);
	}

	private void append(int block) {
		int last = this.previous[this.end];
		this.next[last] = block;
		this.previous[block] = last;
		this.next[block] = this.end;
		this.previous[this.end] = block;
		this.free++;
		this.cached += this.index.holds(block) ? 1 : 0;
	}

	private void unlink(int block) {
		this.next[this.previous[block]] = this.next[block];
		this.previous[this.next[block]] = this.previous[block];
		this.free--;
		this.cached -= this.index.holds(block) ? 1 : 0;
	}

}
