package io.llmserving.engine;

import io.llmserving.cache.KvCache;

/**
 * Hands out table rows, and with each the sampler slot of the same number. A row that is
 * given back keeps its blocks until the last step that reads it was awaited: the fence.
 * Engine thread only.
 */
class RowPool {

	private final KvCache cache;

	private final boolean[] taken;

	/** Retired rows in the order of their fences, as a ring. */
	private final int[] retired;

	private final long[] fences;

	private int first;

	private int count;

	private int free;

	private long awaited;

	RowPool(KvCache cache, int rows) {
		this.cache = cache;
		this.taken = new boolean[rows];
		this.retired = new int[rows];
		this.fences = new long[rows];
		this.free = rows;
	}

	int size() {
		return this.taken.length;
	}

	/** Returns how many rows can be taken. */
	int free() {
		return this.free;
	}

	/** Returns how many rows wait for their fence. */
	int fenced() {
		return this.count;
	}

	/** Takes a row; there must be a free one. */
	int take() {
		int row = 0;
		while (this.taken[row]) {
			row++;
		}
		this.taken[row] = true;
		this.free--;
		return row;
	}

	/** Gives a row back, with its blocks, when the fence is passed. */
	void retire(int row, long fence) {
		if (fence <= this.awaited) {
			release(row);
			return;
		}
		int place = this.count++;
		while (place > 0 && this.fences[at(place - 1)] > fence) {
			this.fences[at(place)] = this.fences[at(place - 1)];
			this.retired[at(place)] = this.retired[at(place - 1)];
			place--;
		}
		this.fences[at(place)] = fence;
		this.retired[at(place)] = row;
	}

	/** Tells that all steps up to this one were awaited. */
	void awaited(long step) {
		this.awaited = step;
		while (this.count > 0 && this.fences[this.first] <= step) {
			release(this.retired[this.first]);
			this.first = at(1);
			this.count--;
		}
	}

	private int at(int place) {
		return (this.first + place) % this.retired.length;
	}

	private void release(int row) {
		this.cache.release(row);
		this.taken[row] = false;
		this.free++;
	}

}
