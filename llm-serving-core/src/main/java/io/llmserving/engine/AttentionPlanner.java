package io.llmserving.engine;

import java.util.Arrays;

import io.llmserving.runtime.BlockTables;
import io.llmserving.runtime.StepPlan;

/**
 * Divides a step's attention into items, so that over the items of a group each visible
 * chunk of each sequence occurs exactly once. Sequences whose blocks of a chunk are the
 * same share its item, so that a shared prefix is read once; a sequence that shares
 * nothing has one flat item.
 *
 * <pre>
 *   chunk        0        1        2        3
 *   sequence 0  [ shared item A  ][ own, 0          ]
 *   sequence 1  [ shared item A  ][ own, 1 ]
 *   sequence 2  [ flat                              ]
 * </pre>
 *
 * Engine thread only; allocates nothing once it has seen the largest step.
 */
class AttentionPlanner {

	/**
	 * Sequences with more rows are flat: they read each key often anyway, and partial
	 * results of many rows are more to write than keys to read.
	 */
	private static final int MOST_ROWS = 16;

	private final BlockTables tables;

	private final int blockSize;

	private final int[] windows;

	private final AttentionDivision division;

	/** By block: who was last seen with it as the first of a chunk, and when. */
	private final int[] owners;

	private final long[] seenAt;

	private long clock;

	/** Chunks from here on are nobody's but their sequence's. */
	private int stride;

	/**
	 * By chunk and sequence: the first sequence with the same blocks, -1 if not visible.
	 */
	private int[] leaders = new int[0];

	/** By chunk and sequence: how many it leads. */
	private int[] counts = new int[0];

	/** By sequence: whether it shares no chunk any more. */
	private boolean[] alone = new boolean[0];

	/** By sequence: the last chunk of which it has the first block with another. */
	private int[] met = new int[0];

	/**
	 * Creates a planner.
	 * @param division makes items small enough for the device at hand
	 */
	AttentionPlanner(BlockTables tables, int blocks, int blockSize, int[] windows, AttentionDivision division) {
		this.tables = tables;
		this.division = division;
		this.blockSize = blockSize;
		this.windows = windows.clone();
		this.owners = new int[blocks];
		this.seenAt = new long[blocks];
	}

	void plan(StepPlan plan) {
		for (int group = 0; group < this.windows.length; group++) {
			boolean shared = plan.sequences().count() > 1 && lead(plan, group);
			for (int sequence = 0; sequence < plan.sequences().count(); sequence++) {
				if (shared && shares(plan, sequence)) {
					partial(plan, group, sequence);
				}
				else {
					flat(plan, group, sequence);
				}
			}
			this.division.emit(plan, group);
		}
	}

	private void flat(StepPlan plan, int group, int sequence) {
		int first = firstChunk(plan, group, sequence);
		this.division.add(StepPlan.FLAT, first, lastChunk(plan, sequence) - first + 1, plan.addItemSequence(sequence),
				1, plan.sequences().get(sequence, 1));
	}

	/**
	 * Finds who shares which chunk; returns whether anybody does. A block is found by all
	 * tokens before it, so that who is alone in a chunk stays alone, and the search ends
	 * where all are.
	 */
	private boolean lead(StepPlan plan, int group) {
		int sequences = plan.sequences().count();
		int chunks = 0;
		if (this.alone.length < sequences) {
			this.alone = new boolean[2 * sequences];
			this.met = new int[2 * sequences];
		}
		for (int sequence = 0; sequence < sequences; sequence++) {
			chunks = Math.max(chunks, lastChunk(plan, sequence) + 1);
			this.alone[sequence] = plan.sequences().get(sequence, 1) > MOST_ROWS;
			this.met[sequence] = -1;
		}
		boolean any = false;
		int chunk = 0;
		for (boolean open = true; open && chunk < chunks; chunk++) {
			reserve(sequences * (chunk + 1));
			this.clock++;
			for (int sequence = 0; sequence < sequences; sequence++) {
				any |= join(plan, group, sequence, chunk);
			}
			open = settle(plan, group, chunk);
		}
		this.stride = chunk;
		return any;
	}

	private void reserve(int size) {
		if (this.leaders.length < size) {
			this.leaders = Arrays.copyOf(this.leaders, 2 * size);
			this.counts = Arrays.copyOf(this.counts, 2 * size);
		}
	}

	/** Notes who is alone from a chunk on; returns whether anybody is not. */
	private boolean settle(StepPlan plan, int group, int chunk) {
		boolean open = false;
		for (int sequence = 0; sequence < plan.sequences().count(); sequence++) {
			boolean visible = this.leaders[chunk * plan.sequences().count() + sequence] >= 0;
			if (visible && this.met[sequence] != chunk && steady(plan, group, sequence, chunk)
					|| chunk >= lastChunk(plan, sequence)) {
				this.alone[sequence] = true;
			}
			open |= !this.alone[sequence];
		}
		return open;
	}

	private int leader(StepPlan plan, int sequence, int chunk) {
		return (chunk < this.stride) ? this.leaders[chunk * plan.sequences().count() + sequence] : sequence;
	}

	private int count(StepPlan plan, int leader, int chunk) {
		return (chunk < this.stride) ? this.counts[chunk * plan.sequences().count() + leader] : 1;
	}

	private boolean join(StepPlan plan, int group, int sequence, int chunk) {
		int start = chunk * plan.sequences().count();
		this.counts[start + sequence] = 0;
		this.leaders[start + sequence] = -1;
		if (chunk < firstChunk(plan, group, sequence) || chunk > lastChunk(plan, sequence)
				|| plan.sequences().get(sequence, 1) > MOST_ROWS) {
			return false;
		}
		int row = plan.sequences().get(sequence, 3);
		int block = (!this.alone[sequence] && steady(plan, group, sequence, chunk))
				? this.tables.get(group, row, chunk * StepPlan.ATTENTION_CHUNK / this.blockSize) : BlockTables.NONE;
		int leader = sequence;
		if (block != BlockTables.NONE && this.seenAt[block] == this.clock) {
			int other = this.owners[block];
			this.met[sequence] = chunk;
			this.met[other] = chunk;
			leader = same(group, row, plan.sequences().get(other, 3), chunk) ? other : sequence;
		}
		else if (block != BlockTables.NONE) {
			this.seenAt[block] = this.clock;
			this.owners[block] = sequence;
		}
		this.leaders[start + sequence] = leader;
		this.counts[start + leader]++;
		return leader != sequence;
	}

	/**
	 * Whether a row keeps the chunk's blocks until the step is done: those behind a
	 * window may go when an earlier step in flight is.
	 */
	private boolean steady(StepPlan plan, int group, int sequence, int chunk) {
		int window = this.windows[group];
		int position = plan.sequences().get(sequence, 2);
		return window == 0 || chunk * StepPlan.ATTENTION_CHUNK >= position - window + 1;
	}

	boolean same(int group, int row, int other, int chunk) {
		int end = ((chunk + 1) * StepPlan.ATTENTION_CHUNK - 1) / this.blockSize;
		if (end >= this.tables.columns()) {
			return false;
		}
		for (int column = chunk * StepPlan.ATTENTION_CHUNK / this.blockSize; column <= end; column++) {
			int block = this.tables.get(group, row, column);
			if (block == BlockTables.NONE || block != this.tables.get(group, other, column)) {
				return false;
			}
		}
		return true;
	}

	private boolean shares(StepPlan plan, int sequence) {
		for (int chunk = 0; chunk <= lastChunk(plan, sequence) && chunk < this.stride; chunk++) {
			int leader = leader(plan, sequence, chunk);
			if (leader >= 0 && count(plan, leader, chunk) > 1) {
				return true;
			}
		}
		return false;
	}

	/** Adds the items that a sequence leads, those of its own included. */
	private void partial(StepPlan plan, int group, int sequence) {
		int last = lastChunk(plan, sequence);
		for (int chunk = firstChunk(plan, group, sequence); chunk <= last;) {
			int end = chunk + 1;
			if (leader(plan, sequence, chunk) == sequence) {
				while (end <= last && sameMembers(plan, sequence, chunk, end)) {
					end++;
				}
				item(plan, sequence, chunk, end);
			}
			chunk = end;
		}
	}

	private void item(StepPlan plan, int sequence, int chunk, int end) {
		int rows = plan.sequences().get(sequence, 1);
		int first = plan.addItemSequence(sequence);
		for (int member = sequence + 1; count(plan, sequence, chunk) > 1
				&& member < plan.sequences().count(); member++) {
			if (leader(plan, member, chunk) == sequence) {
				plan.addItemSequence(member);
				rows += plan.sequences().get(member, 1);
			}
		}
		this.division.add(StepPlan.PARTIAL, chunk, end - chunk, first, plan.itemSequences().count() - first, rows);
	}

	private boolean sameMembers(StepPlan plan, int leader, int chunk, int other) {
		int members = count(plan, leader, chunk);
		if (leader(plan, leader, other) != leader || members != count(plan, leader, other)) {
			return false;
		}
		for (int member = leader + 1; members > 1 && member < plan.sequences().count(); member++) {
			boolean here = leader(plan, member, chunk) == leader;
			if (here != (leader(plan, member, other) == leader)) {
				return false;
			}
		}
		return true;
	}

	private int firstChunk(StepPlan plan, int group, int sequence) {
		int window = this.windows[group];
		int position = plan.sequences().get(sequence, 2);
		return (window == 0) ? 0 : Math.max(0, position - window + 1) / StepPlan.ATTENTION_CHUNK;
	}

	int lastChunk(StepPlan plan, int sequence) {
		return (plan.sequences().get(sequence, 2) + plan.sequences().get(sequence, 1) - 1) / StepPlan.ATTENTION_CHUNK;
	}

}
