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

	private int stride;

	/**
	 * By sequence and chunk: the first sequence with the same blocks, -1 if not visible.
	 */
	private int[] leaders = new int[0];

	/** By sequence and chunk: how many it leads. */
	private int[] counts = new int[0];

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

	/** Finds who shares which chunk; returns whether anybody does. */
	private boolean lead(StepPlan plan, int group) {
		int chunks = 1;
		for (int sequence = 0; sequence < plan.sequences().count(); sequence++) {
			chunks = Math.max(chunks, lastChunk(plan, sequence) + 1);
		}
		int size = plan.sequences().count() * chunks;
		if (this.leaders.length < size) {
			this.leaders = new int[2 * size];
			this.counts = new int[2 * size];
		}
		this.stride = chunks;
		Arrays.fill(this.leaders, 0, size, -1);
		Arrays.fill(this.counts, 0, size, 0);
		boolean any = false;
		for (int chunk = 0; chunk < chunks; chunk++) {
			this.clock++;
			for (int sequence = 0; sequence < plan.sequences().count(); sequence++) {
				any |= join(plan, group, sequence, chunk);
			}
		}
		return any;
	}

	private boolean join(StepPlan plan, int group, int sequence, int chunk) {
		if (chunk < firstChunk(plan, group, sequence) || chunk > lastChunk(plan, sequence)
				|| plan.sequences().get(sequence, 1) > MOST_ROWS) {
			return false;
		}
		int row = plan.sequences().get(sequence, 3);
		int block = steady(plan, group, sequence, chunk)
				? this.tables.get(group, row, chunk * StepPlan.ATTENTION_CHUNK / this.blockSize) : BlockTables.NONE;
		int leader = sequence;
		if (block != BlockTables.NONE && this.seenAt[block] == this.clock) {
			int other = this.owners[block];
			leader = same(group, row, plan.sequences().get(other, 3), chunk) ? other : sequence;
		}
		else if (block != BlockTables.NONE) {
			this.seenAt[block] = this.clock;
			this.owners[block] = sequence;
		}
		this.leaders[sequence * this.stride + chunk] = leader;
		this.counts[leader * this.stride + chunk]++;
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
		for (int chunk = 0; chunk <= lastChunk(plan, sequence); chunk++) {
			int leader = this.leaders[sequence * this.stride + chunk];
			if (leader >= 0 && this.counts[leader * this.stride + chunk] > 1) {
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
			if (this.leaders[sequence * this.stride + chunk] == sequence) {
				while (end <= last && sameMembers(plan, sequence, chunk, end)) {
					end++;
				}
				int rows = plan.sequences().get(sequence, 1);
				int first = plan.addItemSequence(sequence);
				for (int member = sequence + 1; member < plan.sequences().count(); member++) {
					if (this.leaders[member * this.stride + chunk] == sequence) {
						plan.addItemSequence(member);
						rows += plan.sequences().get(member, 1);
					}
				}
				this.division.add(StepPlan.PARTIAL, chunk, end - chunk, first, plan.itemSequences().count() - first,
						rows);
			}
			chunk = end;
		}
	}

	private boolean sameMembers(StepPlan plan, int leader, int chunk, int other) {
		if (this.counts[leader * this.stride + chunk] != this.counts[leader * this.stride + other]) {
			return false;
		}
		for (int member = leader; member < plan.sequences().count(); member++) {
			boolean here = this.leaders[member * this.stride + chunk] == leader;
			if (here != (this.leaders[member * this.stride + other] == leader)) {
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
