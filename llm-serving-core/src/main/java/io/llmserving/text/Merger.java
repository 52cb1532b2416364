package io.llmserving.text;

import java.util.Arrays;

/**
 * The merge loop of byte-pair encoding: of all adjacent pairs that may merge, the one
 * with the lowest rank does, the leftmost among equals, until none is left. A heap of
 * {@code rank << 32 | position} keeps a piece of n symbols at O(n log n). One instance
 * serves many pieces, in one thread.
 */
final class Merger {

	private final LongMap merges;

	private int[] symbols = new int[64];

	private int[] previous = new int[64];

	private int[] next = new int[64];

	private long[] heap = new long[128];

	private int heapSize;

	/**
	 * @param merges from {@link #pair} to {@code rank << 32 | merged symbol}
	 */
	Merger(LongMap merges) {
		this.merges = merges;
	}

	static long pair(int left, int right) {
		return (long) left << 32 | right;
	}

	/**
	 * Returns an array with room for that many symbols, to be filled and given to
	 * {@link #merge}.
	 */
	int[] symbols(int capacity) {
		if (this.symbols.length < capacity) {
			int length = Math.max(capacity, this.symbols.length * 2);
			this.symbols = new int[length];
			this.previous = new int[length];
			this.next = new int[length];
		}
		return this.symbols;
	}

	/**
	 * Merges the first symbols of {@link #symbols} and appends what remains of them.
	 */
	void merge(int count, IntList out) {
		this.heapSize = 0;
		for (int i = 0; i < count; i++) {
			this.previous[i] = i - 1;
			this.next[i] = i + 1;
		}
		for (int i = 0; i < count - 1; i++) {
			offer(i, i + 1);
		}
		while (this.heapSize > 0) {
			long top = poll();
			apply((int) top, top >>> 32, count);
		}
		for (int i = 0; i < count; i = this.next[i]) {
			out.add(this.symbols[i]);
		}
	}

	private void apply(int left, long rank, int count) {
		int right = this.next[left];
		if (right >= count || this.previous[right] != left) {
			return;
		}
		long merged = this.merges.get(pair(this.symbols[left], this.symbols[right]));
		if (merged == LongMap.MISSING || merged >>> 32 != rank) {
			return;
		}
		int after = this.next[right];
		this.symbols[left] = (int) merged;
		this.next[left] = after;
		// Marks the swallowed symbol, so that its stale heap entries fail the test above.
		this.next[right] = count;
		this.previous[right] = -1;
		if (after < count) {
			this.previous[after] = left;
			offer(left, after);
		}
		if (this.previous[left] >= 0) {
			offer(this.previous[left], left);
		}
	}

	private void offer(int left, int right) {
		long merged = this.merges.get(pair(this.symbols[left], this.symbols[right]));
		if (merged == LongMap.MISSING) {
			return;
		}
		if (this.heapSize == this.heap.length) {
			this.heap = Arrays.copyOf(this.heap, this.heapSize * 2);
		}
		long entry = merged & 0xFFFFFFFF00000000L | left;
		int child = this.heapSize++;
		while (child > 0 && this.heap[child - 1 >>> 1] > entry) {
			this.heap[child] = this.heap[child - 1 >>> 1];
			child = child - 1 >>> 1;
		}
		this.heap[child] = entry;
	}

	private long poll() {
		long top = this.heap[0];
		long last = this.heap[--this.heapSize];
		int parent = 0;
		for (int child = 1; child < this.heapSize; child = parent * 2 + 1) {
			if (child + 1 < this.heapSize && this.heap[child + 1] < this.heap[child]) {
				child++;
			}
			if (this.heap[child] >= last) {
				break;
			}
			this.heap[parent] = this.heap[child];
			parent = child;
		}
		this.heap[parent] = last;
		return top;
	}

}
