package io.llmserving.engine;

import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.Map;

import io.llmserving.runtime.BlockTables;
import io.llmserving.runtime.SlotParameters;
import io.llmserving.runtime.StepLimits;
import io.llmserving.runtime.StepPlan;
import io.llmserving.runtime.StepResult;
import io.llmserving.runtime.StepRunner;

/**
 * A model whose next token is a hash of the whole history. Every place of the cache holds
 * the hash of the history up to it; attention reads them through tables and items and
 * fails where one is not that of the history it belongs to.
 */
final class ScriptedRunner implements StepRunner {

	private final StepLimits limits;

	private final int window;

	private final BlockTables tables;

	private final long[] histories;

	private final int[] tokens;

	private final Map<Long, Long> parents = new HashMap<>();

	private final StepPlan[] plan = new StepPlan[1];

	volatile int failAt = -1;

	volatile int largestBatch;

	volatile int steps;

	volatile boolean slow;

	ScriptedRunner(StepLimits limits, int window) {
		this.limits = limits;
		this.window = window;
		this.tables = new BlockTables(Arena.ofAuto(), limits.groups(), limits.sequences(), limits.blocksPerRow());
		this.histories = new long[limits.blocks() * limits.blockSize()];
		this.tokens = new int[this.histories.length];
	}

	static int next(long history, int vocabulary) {
		return 1 + (int) Long.remainderUnsigned(history * 0x9E3779B97F4A7C15L >>> 7, vocabulary - 1);
	}

	static long extend(long history, int token) {
		return (history ^ token + 77) * 0x100000001B3L + (history >>> 29);
	}

	@Override
	public StepLimits limits() {
		return this.limits;
	}

	@Override
	public BlockTables tables() {
		return this.tables;
	}

	@Override
	public void setSlot(int slot, SlotParameters parameters, int[] prompt, int promptLength, int[] output,
			int outputLength) {
	}

	@Override
	public long submit(StepPlan submitted) {
		this.plan[0] = submitted;
		return ++this.steps;
	}

	@Override
	public void provideMasks(long ticket, int[] masks, int count) {
	}

	@Override
	public void await(long ticket, StepResult result) {
		StepPlan step = this.plan[0];
		if (this.steps == this.failAt) {
			throw new IllegalStateException("step " + ticket + " was told to fail");
		}
		if (this.slow) {
			java.util.concurrent.locks.LockSupport.parkNanos(500_000);
		}
		check(step.tokens().count() <= this.limits.tokens(), "budget");
		check(step.headRows().count() <= this.limits.headRows(), "head rows");
		this.largestBatch = Math.max(this.largestBatch, step.sequences().count());
		long[] ends = new long[step.tokens().count()];
		for (int s = 0; s < step.sequences().count(); s++) {
			write(step, s, ends);
		}
		for (int i = 0; i < step.items().count(); i++) {
			attend(step, i);
		}
		result.jobs.reset(step.jobs().count(), step.topStride());
		for (int job = 0; job < step.jobs().count(); job++) {
			int row = step.headRows().get(step.jobs().get(job, 0), 0);
			result.jobs.token[job] = next(ends[row], this.limits.vocabulary());
			result.jobs.status[job] = StepResult.FINE;
		}
		result.targets.reset(step.targets().count(), step.topStride());
	}

	private int place(int group, int row, int position) {
		int block = this.tables.get(group, row, position / this.limits.blockSize());
		check(block != BlockTables.NONE, "no block at position " + position + " of group " + group);
		return block * this.limits.blockSize() + position % this.limits.blockSize();
	}

	private void write(StepPlan step, int s, long[] ends) {
		int first = step.sequences().get(s, 0);
		int position = step.sequences().get(s, 2);
		int row = step.sequences().get(s, 3);
		long history = (position == 0) ? 0 : this.histories[place(0, row, position - 1)];
		for (int i = 0; i < step.sequences().get(s, 1); i++) {
			int token = step.tokens().get(first + i, 0);
			long parent = history;
			history = extend(history, token);
			this.parents.put(history, parent);
			ends[first + i] = history;
			for (int group = 0; group < this.limits.groups(); group++) {
				int place = place(group, row, position + i);
				this.histories[place] = history;
				this.tokens[place] = token;
			}
		}
	}

	private void attend(StepPlan step, int item) {
		int group = step.items().get(item, 0);
		int sequence = step.itemSequences().get(step.items().get(item, 4), 0);
		int position = step.sequences().get(sequence, 2);
		int last = position + step.sequences().get(sequence, 1) - 1;
		int row = step.sequences().get(sequence, 3);
		int from = (group == 0) ? 0 : Math.max(0, position - this.window + 1);
		check(step.items().get(item, 2) == from / StepPlan.ATTENTION_CHUNK, "first chunk");
		check(step.items().get(item, 2) + step.items().get(item, 3) - 1 == last / StepPlan.ATTENTION_CHUNK, "chunks");
		long history = this.histories[place(group, row, last)];
		for (int at = last; at >= from; at--) {
			check(this.histories[place(group, row, at)] == history, "stale content at position " + at);
			history = this.parents.getOrDefault(history, 0L);
		}
	}

	private static void check(boolean holds, String what) {
		if (!holds) {
			throw new AssertionError(what);
		}
	}

	@Override
	public long progress() {
		return this.steps;
	}

	@Override
	public void close() {
	}

}
