package io.llmserving.cache;

import java.util.Arrays;

/**
 * Finds registered blocks by KV group and key. Open addressing with linear probing, at
 * most half full; whole keys are compared, so that equal hashes never mix up contents.
 */
class BlockIndex {

	private static final int NONE = -1;

	/** Blocks by place. */
	private final int[] places;

	private final long[] high;

	private final long[] low;

	/** Group by block, {@link #NONE} while it is not registered. */
	private final int[] groups;

	BlockIndex(int blocks) {
		this.places = new int[Integer.highestOneBit(Math.max(1, blocks)) * 4];
		this.high = new long[blocks];
		this.low = new long[blocks];
		this.groups = new int[blocks];
		Arrays.fill(this.places, NONE);
		Arrays.fill(this.groups, NONE);
	}

	boolean holds(int block) {
		return this.groups[block] != NONE;
	}

	/** Returns the block with this content, -1 if there is none. */
	int find(int group, long high, long low) {
		int place = place(group, high, low);
		while (this.places[place] != NONE) {
			int block = this.places[place];
			if (this.high[block] == high && this.low[block] == low && this.groups[block] == group) {
				return block;
			}
			place = next(place);
		}
		return NONE;
	}

	/** Registers a block, unless it or another one with this content is registered. */
	void add(int group, int block, long high, long low) {
		if (holds(block) || find(group, high, low) != NONE) {
			return;
		}
		this.groups[block] = group;
		this.high[block] = high;
		this.low[block] = low;
		insert(block);
	}

	void remove(int block) {
		int place = place(this.groups[block], this.high[block], this.low[block]);
		while (this.places[place] != block) {
			place = next(place);
		}
		this.places[place] = NONE;
		this.groups[block] = NONE;
		for (int after = next(place); this.places[after] != NONE; after = next(after)) {
			int moved = this.places[after];
			this.places[after] = NONE;
			insert(moved);
		}
	}

	private void insert(int block) {
		int place = place(this.groups[block], this.high[block], this.low[block]);
		while (this.places[place] != NONE) {
			place = next(place);
		}
		this.places[place] = block;
	}

	/** Where probing for a content starts; any function is correct. */
	long hash(int group, long high, long low) {
		return (high ^ low) + group * 0x9E3779B97F4A7C15L;
	}

	private int place(int group, long high, long low) {
		return (int) hash(group, high, low) & (this.places.length - 1);
	}

	private int next(int place) {
		return (place + 1) & (this.places.length - 1);
	}

}
