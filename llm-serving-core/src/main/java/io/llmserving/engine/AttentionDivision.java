package io.llmserving.engine;

import java.util.Arrays;

import io.llmserving.runtime.StepPlan;

/**
 * Cuts a group's attention items into parts, so that a device which runs many items at
 * once has as much to do in each place, and orders them from large to small. A device
 * that divides the work by itself (no slots) gets the items as they are.
 *
 * <p>
 * Work is counted in chunks of keys. Parts of about {@code s} chunks run in waves of
 * {@code slots}; their end is late by at most a part, or by what the last wave lacks. Of
 * the sizes at which the parts just fill one, two, … waves, the one with the earliest end
 * is taken, what merging partial results costs included (the idea of FlashInfer's
 * planner, which fills one wave).
 *
 * <p>
 * Engine thread only; allocates nothing once it has seen the largest step.
 */
final class AttentionDivision {

	private static final int FIELDS = 8;

	private static final int MOST_WAVES = 8;

	/** Query rows, heads included, that one item of a matrix unit takes at once. */
	private static final int TILE = 64;

	/**
	 * Rows, heads included, whose partial results are 7 % of the bytes of a chunk's keys
	 * and values of 16 bits: each is written and read once, in 32 bits.
	 */
	private static final double ROWS_PER_CHUNK = 0.07 * StepPlan.ATTENTION_CHUNK / 2;

	private final int slots;

	private final int queriesPerKey;

	/**
	 * Mode, first chunk, chunks, first sequence, sequences, rows with their heads, blocks
	 * and the most pieces of each item.
	 */
	private int[] items = new int[FIELDS * 16];

	private int count;

	/** Blocks of all items if none is cut. */
	private long blocks;

	/** Chunks, item and part of each part, in this order of significance. */
	private long[] parts = new long[16];

	/**
	 * Creates a division.
	 * @param slots items that the device runs at once, 0 for one that divides by itself
	 * @param queriesPerKey query heads of a head of keys
	 */
	AttentionDivision(int slots, int queriesPerKey) {
		this.slots = slots;
		this.queriesPerKey = queriesPerKey;
	}

	void add(int mode, int firstChunk, int chunks, int first, int sequences, int rows) {
		int at = this.count * FIELDS;
		if (at + FIELDS > this.items.length) {
			this.items = Arrays.copyOf(this.items, 2 * this.items.length);
		}
		this.items[at] = mode;
		this.items[at + 1] = firstChunk;
		this.items[at + 2] = chunks;
		this.items[at + 3] = first;
		this.items[at + 4] = sequences;
		int all = rows * this.queriesPerKey;
		int least = Math.max(1, (int) Math.ceil(all / ROWS_PER_CHUNK));
		this.items[at + 5] = all;
		this.items[at + 6] = Math.ceilDiv(all, TILE);
		this.items[at + 7] = Math.max(1, chunks / least);
		this.count++;
	}

	/** Writes the items added so far to a plan, and forgets them. */
	void emit(StepPlan plan, int group) {
		if (this.slots == 0) {
			for (int item = 0; item < this.count; item++) {
				plan.addItem(group, field(item, 0), field(item, 1), field(item, 2), field(item, 3), field(item, 4));
			}
		}
		else {
			divide(plan, group, size());
		}
		this.count = 0;
	}

	private void divide(StepPlan plan, int group, int size) {
		int made = 0;
		for (int item = 0; item < this.count; item++) {
			int pieces = pieces(item, size);
			for (int piece = 0; piece < pieces; piece++) {
				if (made == this.parts.length) {
					this.parts = Arrays.copyOf(this.parts, 2 * made);
				}
				int chunks = begin(item, piece + 1, pieces) - begin(item, piece, pieces);
				this.parts[made++] = -((long) chunks << 40) + ((long) item << 20) + piece;
			}
		}
		Arrays.sort(this.parts, 0, made);
		for (int i = 0; i < made; i++) {
			int item = (int) (this.parts[i] >> 20) & 0xfffff;
			int piece = (int) this.parts[i] & 0xfffff;
			int pieces = pieces(item, size);
			int begin = begin(item, piece, pieces);
			plan.addItem(group, (pieces > 1) ? StepPlan.PARTIAL : field(item, 0), field(item, 1) + begin,
					begin(item, piece + 1, pieces) - begin, field(item, 3), field(item, 4));
		}
	}

	/** Returns how many chunks a part should have. */
	private int size() {
		long total = 0;
		int largest = 1;
		this.blocks = 0;
		for (int item = 0; item < this.count; item++) {
			this.blocks += tiles(item);
			total += (long) field(item, 2) * tiles(item);
			largest = Math.max(largest, field(item, 2));
		}
		int best = largest;
		double earliest = end(largest, total);
		for (int waves = 1; waves <= MOST_WAVES; waves++) {
			int size = filling((long) waves * this.slots, total, largest);
			double end = end(size, total);
			if (end < earliest) {
				earliest = end;
				best = size;
			}
		}
		return best;
	}

	/**
	 * Returns the least size at which there are at most so many parts. Parts of a size
	 * are {@code total / size} at least, and at most one more for each item.
	 */
	private int filling(long most, long total, int largest) {
		long rest = most - this.blocks;
		int low = (int) Math.clamp(Math.ceilDiv(total, most), 1, largest);
		int high = (rest > 0) ? (int) Math.clamp(Math.ceilDiv(total, rest), low, largest) : largest;
		while (low < high) {
			int middle = (low + high) / 2;
			if (blocks(middle) <= most) {
				high = middle;
			}
			else {
				low = middle + 1;
			}
		}
		return low;
	}

	/** Returns when parts of a size are done, at the latest. */
	private double end(int size, long total) {
		long blocks = 0;
		long merged = 0;
		int longest = 0;
		for (int item = 0; item < this.count; item++) {
			int pieces = pieces(item, size);
			blocks += (long) pieces * tiles(item);
			merged += (pieces > 1) ? (long) pieces * rows(item) : 0;
			longest = Math.max(longest, Math.ceilDiv(field(item, 2), pieces));
		}
		double mean = (double) total / this.slots;
		double last = Math.min((double) Math.ceilDiv(blocks, this.slots) * longest, mean + longest);
		return last + 0.07 * merged / ROWS_PER_CHUNK / this.slots;
	}

	private long blocks(int size) {
		long blocks = 0;
		for (int item = 0; item < this.count; item++) {
			blocks += (long) pieces(item, size) * tiles(item);
		}
		return blocks;
	}

	/** Parts of an item: none so small that merging costs more than the 7 %. */
	private int pieces(int item, int size) {
		return Math.min(Math.ceilDiv(field(item, 2), size), field(item, 7));
	}

	private int begin(int item, int piece, int pieces) {
		return (int) ((long) field(item, 2) * piece / pieces);
	}

	/** Blocks that each part of an item takes: more than one where it has many rows. */
	private int tiles(int item) {
		return field(item, 6);
	}

	private int rows(int item) {
		return field(item, 5);
	}

	private int field(int item, int field) {
		return this.items[item * FIELDS + field];
	}

}
