package io.llmserving.cache;

import java.util.Arrays;

/**
 * The keys of one sequence's full blocks, each chained to the one before: 128 bits that
 * name all tokens up to a block's end and all else that its keys and values depend on.
 * Made on the thread that submits a request, extended on the engine's.
 */
public final class BlockKeys {

	private final int blockSize;

	/** The root's key, then those of the blocks, two words each. */
	private long[] words;

	private int size;

	/**
	 * @param extras what the content depends on besides tokens: revision of the weights,
	 * type of the cache, salt
	 */
	public BlockKeys(BlockHasher hasher, int blockSize, String... extras) {
		this.blockSize = blockSize;
		hasher.root(extras);
		this.words = new long[] { hasher.high(), hasher.low() };
	}

	private BlockKeys(BlockKeys other) {
		this.blockSize = other.blockSize;
		this.words = other.words.clone();
		this.size = other.size;
	}

	/** Returns keys that grow apart from these from now on. */
	public BlockKeys copy() {
		return new BlockKeys(this);
	}

	/** Makes room for the keys of so many tokens. */
	public void reserve(int tokens) {
		int needed = 2 * (1 + tokens / this.blockSize);
		if (needed > this.words.length) {
			this.words = Arrays.copyOf(this.words, needed);
		}
	}

	/** Adds the keys of all blocks that these tokens fill. */
	public void extend(BlockHasher hasher, int[] tokens, int length) {
		int full = length / this.blockSize;
		if (2 * (full + 1) > this.words.length) {
			this.words = Arrays.copyOf(this.words, Math.max(2 * (full + 1), this.words.length * 3 / 2));
		}
		for (; this.size < full; this.size++) {
			int parent = 2 * this.size;
			hasher.block(this.words[parent], this.words[parent + 1], tokens, this.size * this.blockSize,
					this.blockSize);
			this.words[parent + 2] = hasher.high();
			this.words[parent + 3] = hasher.low();
		}
	}

	/** Returns how many keys there are. */
	public int size() {
		return this.size;
	}

	long high(int column) {
		return this.words[2 * column + 2];
	}

	long low(int column) {
		return this.words[2 * column + 3];
	}

}
