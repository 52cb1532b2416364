package io.llmserving.text;

import java.util.Arrays;

/**
 * A map from long keys to non-negative long values, with linear probing. Safe for use by
 * many threads once it is filled and published.
 */
final class LongMap {

	static final long MISSING = -1;

	private long[] table;

	private int size;

	LongMap(int expectedSize) {
		this.table = emptyTable(Math.max(8, Integer.highestOneBit(Math.max(1, expectedSize)) * 4));
	}

	private static long[] emptyTable(int slots) {
		long[] table = new long[slots * 2];
		Arrays.fill(table, MISSING);
		return table;
	}

	/**
	 * Returns the key's value, or {@link #MISSING}.
	 */
	long get(long key) {
		return this.table[slot(this.table, key) + 1];
	}

	/**
	 * Sets the key's value unless it has one.
	 */
	void putIfAbsent(long key, long value) {
		int slot = slot(this.table, key);
		if (this.table[slot + 1] != MISSING) {
			return;
		}
		this.table[slot] = key;
		this.table[slot + 1] = value;
		if (++this.size * 4 > this.table.length) {
			grow();
		}
	}

	int size() {
		return this.size;
	}

	private void grow() {
		long[] larger = emptyTable(this.table.length);
		for (int i = 0; i < this.table.length; i += 2) {
			if (this.table[i + 1] != MISSING) {
				int slot = slot(larger, this.table[i]);
				larger[slot] = this.table[i];
				larger[slot + 1] = this.table[i + 1];
			}
		}
		this.table = larger;
	}

	private static int slot(long[] table, long key) {
		int mask = table.length - 1;
		long hash = key * 0x9E3779B97F4A7C15L;
		int slot = (int) (hash >>> 32) * 2 & mask;
		while (table[slot + 1] != MISSING && table[slot] != key) {
			slot = slot + 2 & mask;
		}
		return slot;
	}

}
