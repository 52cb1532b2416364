package io.llmserving.engine;

import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

import io.llmserving.runtime.BlockTables;
import io.llmserving.runtime.SlotParameters;
import io.llmserving.runtime.StepLimits;
import io.llmserving.runtime.StepPlan;
import io.llmserving.runtime.StepResult;
import io.llmserving.runtime.StepRunner;

/**
 * A model whose next token is a hash of the whole history and the choice. Every place of
 * the cache holds the hash of the history up to it; attention reads them through tables
 * and items and fails where one is not that of the history it belongs to. As on a CPU, a
 * step reads everything when it is awaited.
 */
final class ScriptedRunner implements StepRunner {

	private record Submitted(long ticket, StepPlan plan) {
	}

	private final StepLimits limits;

	private final int[] windows;

	private final BlockTables tables;

	private final Deque<Submitted> flight = new ArrayDeque<>();

	/** By place: hash of the history, how long it is, and the group that wrote it. */
	private final long[] histories;

	private final int[] lengths;

	private final int[] groups;

	private final Map<Long, Long> parents = new HashMap<>();

	private final Map<Long, int[]> chosen = new HashMap<>();

	/** By slot: hash of the tokens it has counted, and the prompt's length. */
	private final long[] counted;

	private final int[] prompts;

	/** By row: positions it has computed since its slot was set. */
	private final int[] computed;

	private final ItemCheck items;

	private long tickets;

	/** Hears of a step before it runs, and may throw. */
	volatile Consumer<StepPlan> script = (plan) -> {
	};

	/** Tokens whose logits are not finite behind them, -1 for none. */
	volatile int notFiniteAfter = -1;

	volatile int largestBatch;

	volatile int largestFlight;

	volatile int sharedItems;

	volatile int lastTokens;

	volatile int steps;

	volatile long closedAt = -1;

	ScriptedRunner(StepLimits limits, int... windows) {
		this.limits = limits;
		this.windows = windows.clone();
		this.tables = new BlockTables(Arena.ofAuto(), limits.groups(), limits.sequences(), limits.blocksPerRow());
		this.histories = new long[limits.blocks() * limits.blockSize()];
		this.lengths = new int[this.histories.length];
		this.groups = new int[this.histories.length];
		this.counted = new long[limits.slots()];
		this.prompts = new int[limits.slots()];
		this.computed = new int[limits.sequences()];
		this.items = new ItemCheck(this.tables, limits.blockSize(), windows);
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
		for (Submitted step : this.flight) {
			for (int job = 0; job < step.plan().jobs().count(); job++) {
				check(step.plan().jobs().get(job, 1) != slot, "a slot is set while a step uses it");
			}
		}
		long history = 0;
		for (int i = 0; i < promptLength; i++) {
			history = ScriptedModel.extend(history, prompt[i]);
		}
		for (int i = 0; i < outputLength; i++) {
			history = ScriptedModel.extend(history, output[i]);
		}
		this.counted[slot] = history;
		this.prompts[slot] = promptLength;
		this.computed[slot] = 0;
	}

	@Override
	public long submit(StepPlan submitted) {
		check(submitted.tokens().count() > 0, "a step without tokens");
		check(submitted.tokens().count() <= this.limits.tokens(), "budget");
		check(submitted.headRows().count() <= this.limits.headRows(), "head rows");
		this.flight.add(new Submitted(++this.tickets, PlanCopy.of(submitted)));
		check(this.flight.size() <= this.limits.depth(), "too many steps in flight");
		this.largestFlight = Math.max(this.largestFlight, this.flight.size());
		return this.tickets;
	}

	@Override
	public void provideMasks(long ticket, int[] masks, int count) {
		throw new UnsupportedOperationException();
	}

	@Override
	public void await(long ticket, StepResult result) {
		Submitted next = this.flight.remove();
		check(next.ticket() == ticket, "steps are awaited in order");
		StepPlan step = next.plan();
		this.steps++;
		this.script.accept(step);
		this.largestBatch = Math.max(this.largestBatch, step.sequences().count());
		this.lastTokens = step.tokens().count();
		copy(step, 0);
		long[] ends = new long[step.tokens().count()];
		int[] positions = new int[step.tokens().count()];
		for (int s = 0; s < step.sequences().count(); s++) {
			write(step, s, ends, positions);
		}
		this.sharedItems += this.items.check(step);
		for (int s = 0; s < step.sequences().count(); s++) {
			attend(step, s);
		}
		sample(step, ticket, result, ends, positions);
		score(step, result, ends);
		copy(step, 1);
	}

	private void copy(StepPlan step, int after) {
		for (int i = 0; i < step.blockOps().count(); i++) {
			if (step.blockOps().get(i, 1) == after) {
				int source = step.blockOps().get(i, 3) * this.limits.blockSize();
				int target = step.blockOps().get(i, 4) * this.limits.blockSize();
				for (int t = 0; t < step.blockOps().get(i, 5); t++) {
					this.histories[target + t] = this.histories[source + t];
					this.lengths[target + t] = this.lengths[source + t];
					this.groups[target + t] = this.groups[source + t];
				}
			}
		}
	}

	private int place(int group, int row, int position) {
		int block = this.tables.get(group, row, position / this.limits.blockSize());
		if (block == BlockTables.NONE) {
			throw new AssertionError("no block at position " + position + " of group " + group);
		}
		return block * this.limits.blockSize() + position % this.limits.blockSize();
	}

	private void write(StepPlan step, int s, long[] ends, int[] positions) {
		int first = step.sequences().get(s, 0);
		int position = step.sequences().get(s, 2);
		int row = step.sequences().get(s, 3);
		long history = (position == 0) ? 0 : this.histories[place(0, row, position - 1)];
		for (int i = 0; i < step.sequences().get(s, 1); i++) {
			long parent = history;
			history = ScriptedModel.extend(history, token(step, first + i));
			this.parents.put(history, parent);
			ends[first + i] = history;
			positions[first + i] = position + i;
			for (int group = 0; group < this.limits.groups(); group++) {
				int place = place(group, row, position + i);
				alone(group, row, position + i);
				this.histories[place] = history;
				this.lengths[place] = position + i + 1;
				this.groups[place] = group;
			}
		}
		this.computed[row] = position + step.sequences().get(s, 1);
	}

	private int token(StepPlan step, int row) {
		int job = step.tokens().get(row, 1);
		if (job < 0) {
			return step.tokens().get(row, 0);
		}
		long ticket = step.tokens().get(row, 2) & 0xFFFFFFFFL | (long) step.tokens().get(row, 3) << 32;
		int[] tokens = this.chosen.get(ticket);
		check(tokens != null && job < tokens.length, "a token's job chose nothing");
		return Math.max(0, tokens[job]);
	}

	/** Nobody writes what another row has computed or may have found. */
	private void alone(int group, int row, int position) {
		int column = position / this.limits.blockSize();
		int block = this.tables.get(group, row, column);
		for (int other = 0; other < this.tables.rows(); other++) {
			check(other == row || this.tables.get(group, other, column) != block || this.computed[other] <= position,
					"a shared block is written");
		}
	}

	private void attend(StepPlan step, int s) {
		int position = step.sequences().get(s, 2);
		int last = position + step.sequences().get(s, 1) - 1;
		int row = step.sequences().get(s, 3);
		for (int group = 0; group < this.limits.groups(); group++) {
			int from = (this.windows[group] == 0) ? 0 : Math.max(0, position - this.windows[group] + 1);
			long history = this.histories[place(group, row, last)];
			for (int at = last; at >= from; at--) {
				int place = place(group, row, at);
				if (this.histories[place] != history || this.lengths[place] != at + 1 || this.groups[place] != group) {
					throw new AssertionError("stale content at position " + at + " of group " + group);
				}
				history = this.parents.getOrDefault(history, 0L);
			}
		}
	}

	private void sample(StepPlan step, long ticket, StepResult result, long[] ends, int[] positions) {
		int jobs = step.jobs().count();
		result.jobs.reset(jobs, step.topStride());
		for (int job = 0; job < jobs; job++) {
			int row = step.headRows().get(step.jobs().get(job, 0), 0);
			int slot = step.jobs().get(job, 1);
			check(this.counted[slot] == ends[row], "a slot has counted other tokens");
			check(step.jobs().get(job, 3) == positions[row] + 1 - this.prompts[slot], "position of the output");
			int token = ScriptedModel.next(ends[row], step.jobs().get(job, 2), this.limits.vocabulary());
			boolean fine = token(step, row) != this.notFiniteAfter;
			result.jobs.token[job] = fine ? token : -1;
			result.jobs.status[job] = fine ? StepResult.FINE : StepResult.NOT_FINITE;
			result.jobs.logprob[job] = -token / 100f;
			result.jobs.rank[job] = token;
			tops(result.jobs, job, token);
			this.counted[slot] = ScriptedModel.extend(this.counted[slot], fine ? token : 0);
		}
		this.chosen.put(ticket, Arrays.copyOf(result.jobs.token, jobs));
	}

	private static void score(StepPlan step, StepResult result, long[] ends) {
		result.targets.reset(step.targets().count(), step.topStride());
		for (int target = 0; target < step.targets().count(); target++) {
			int token = step.targets().get(target, 1);
			long history = ends[step.headRows().get(step.targets().get(target, 0), 0)];
			result.targets.token[target] = token;
			result.targets.logprob[target] = ScriptedModel.scoreOf(history, token);
			result.targets.rank[target] = token;
			tops(result.targets, target, token);
		}
	}

	private static void tops(StepResult.Rows rows, int row, int token) {
		for (int i = 0; i < rows.topStride; i++) {
			rows.topToken[row * rows.topStride + i] = token + i;
			rows.topLogprob[row * rows.topStride + i] = -i;
		}
	}

	static void check(boolean holds, String what) {
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
		this.closedAt = this.steps;
	}

}
