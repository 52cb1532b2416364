package io.llmserving.cache;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Counts the holders of blocks. Blocks without a holder wait in the order in which they
 * were given back; their content may be found by its key until they are taken again.
 * Engine thread only.
 */
final class BlockPool {

	private final int[] holders;

	private final int[] next;

	private final int[] previous;

	private final @Nullable BlockKey[] keys;

	private final int[] keyGroups;

	private final List<Map<BlockKey, Integer>> index = new ArrayList<>();

	/** Index of the list's sentinel. */
	private final int end;

	private int free;

	private int cached;

	BlockPool(int blocks, int groups) {
		this.holders = new int[blocks];
		this.next = new int[blocks + 1];
		this.previous = new int[blocks + 1];
		this.keys = new @Nullable BlockKey[blocks];
		this.keyGroups = new int[blocks];
		this.end = blocks;
		this.next[blocks] = blocks;
		this.previous[blocks] = blocks;
		for (int group = 0; group < groups; group++) {
			this.index.add(new HashMap<>());
		}
		for (int block = 0; block < blocks; block++) {
			append(block);
		}
	}

	int free() {
		return this.free;
	}

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
		return this.keys[block] != null;
	}

	/** Takes the block that was given back first; its content is forgotten. */
	int take() {
		int block = this.next[this.end];
		if (block == this.end) {
			throw new IllegalStateException("None of %d blocks is free".formatted(this.holders.length));
		}
		unlink(block);
		BlockKey key = this.keys[block];
		if (key != null) {
			this.index.get(this.keyGroups[block]).remove(key);
			this.keys[block] = null;
		}
		this.holders[block] = 1;
		return block;
	}

	/** Adds a holder to a block that was found. */
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

	/** Makes a full block's content known, unless another block has the same. */
	void register(int group, int block, BlockKey key) {
		if (this.keys[block] == null && this.index.get(group).putIfAbsent(key, block) == null) {
			this.keys[block] = key;
			this.keyGroups[block] = group;
		}
	}

	/** Returns the block with this content, -1 if there is none. */
	int find(int group, BlockKey key) {
		return this.index.get(group).getOrDefault(key, -1);
	}

	private void append(int block) {
		int last = this.previous[this.end];
		this.next[last] = block;
		this.previous[block] = last;
		this.next[block] = this.end;
		this.previous[this.end] = block;
		this.free++;
		this.cached += (this.keys[block] != null) ? 1 : 0;
	}

	private void unlink(int block) {
		this.next[this.previous[block]] = this.next[block];
		this.previous[this.next[block]] = this.previous[block];
		this.free--;
		this.cached -= (this.keys[block] != null) ? 1 : 0;
	}

}
