package io.llmserving.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import io.llmserving.api.SamplingParameters;
import io.llmserving.cache.KvCache;
import io.llmserving.decoding.SlotRules;
import io.llmserving.runtime.StepLimits;
import io.llmserving.runtime.StepPlan;
import io.llmserving.runtime.StepRunner;

/**
 * Chooses what a step computes. Every sequence has tokens that are not computed yet;
 * those that generate come first, prompts share what the budget leaves. Where blocks run
 * out, the last to arrive of the lowest priority is computed again later. One step at a
 * time: the plan is applied before the next is made. Engine thread only.
 */
final class Scheduler {

	/** Sequences looked at behind one that does not fit. */
	private static final int BYPASS = 8;

	final List<Sequence> waiting = new ArrayList<>();

	final List<Sequence> running = new ArrayList<>();

	final KvCache cache;

	private final StepRunner runner;

	private final StepLimits limits;

	private final EngineSettings settings;

	private final AttentionPlanner attention;

	private final int[] eos;

	private final boolean[] rows;

	/** Head rows of the step that are left for prompt logprobs. */
	private int spareHeads;

	long preemptions;

	long queried;

	long hits;

	Scheduler(StepRunner runner, LoadedModel model, EngineSettings settings) {
		this.runner = runner;
		this.limits = runner.limits();
		this.settings = settings;
		this.eos = model.eos();
		this.cache = new KvCache(runner.tables(), this.limits.blocks(), this.limits.blockSize(), model.windows(),
				settings.prefixSharing());
		this.attention = new AttentionPlanner(model.windows());
		this.rows = new boolean[Math.min(settings.maxSequences(),
				Math.min(this.limits.sequences(), Math.min(this.limits.slots(), this.limits.headRows())))];
	}

	/** Puts a sequence into its place in the queue. */
	void enqueue(Sequence sequence) {
		int place = this.waiting.size();
		while (place > 0 && sequence.before(this.waiting.get(place - 1))) {
			place--;
		}
		this.waiting.add(place, sequence);
	}

	/** Plans a step; returns the number of its tokens, 0 if there is nothing to do. */
	int schedule(StepPlan plan) {
		plan.clear();
		long before = this.preemptions;
		int budget = Math.min(this.settings.tokensPerStep(), this.limits.tokens());
		int left = budget;
		this.spareHeads = this.limits.headRows() - this.rows.length;
		for (Sequence sequence : this.running) {
			sequence.stepTokens = 0;
		}
		for (int pass = 0; pass < 2; pass++) {
			for (int i = 0; i < this.running.size(); i++) {
				Sequence sequence = this.running.get(i);
				if (sequence.stepTokens == 0 && left > 0 && (sequence.pending() == 1) == (pass == 0)) {
					left -= grow(sequence, left);
				}
			}
		}
		if (this.preemptions == before) {
			left = admit(left);
		}
		for (Sequence sequence : this.running) {
			if (sequence.stepTokens > 0) {
				write(plan, sequence);
			}
		}
		this.attention.plan(plan);
		return plan.tokens().count();
	}

	private int grow(Sequence sequence, int left) {
		int count = Math.min(sequence.pending(), left);
		if (sequence.scored != null) {
			count = Math.min(count, Math.max(1, this.spareHeads));
			this.spareHeads -= Math.min(count, this.spareHeads);
		}
		while (!this.cache.reserve(sequence.row, sequence.computed + count)) {
			Sequence victim = victim();
			if (victim == sequence || victim.stepTokens > 0) {
				if (this.running.size() > 1) {
					return 0;
				}
				throw new IllegalStateException("A lone sequence of %d tokens does not fit into %d free blocks"
					.formatted(sequence.length, this.cache.free()));
			}
			preempt(victim);
		}
		sequence.stepTokens = count;
		return count;
	}

	private Sequence victim() {
		Sequence victim = this.running.get(0);
		for (Sequence candidate : this.running) {
			if (candidate.stepTokens == 0 && (victim.stepTokens > 0 || victim.before(candidate))) {
				victim = candidate;
			}
		}
		return victim;
	}

	void preempt(Sequence victim) {
		leave(victim);
		victim.computed = 0;
		victim.stream.preemptions++;
		this.preemptions++;
		enqueue(victim);
	}

	private int admit(int budget) {
		int left = budget;
		int refused = 0;
		for (int i = 0; i < this.waiting.size() && left > 0 && refused < BYPASS; i++) {
			Sequence sequence = this.waiting.get(i);
			boolean alone = sequence.suspect || this.running.stream().anyMatch((other) -> other.suspect);
			if (this.running.size() >= this.rows.length || (alone && !this.running.isEmpty())) {
				break;
			}
			if (sequence.held()) {
				continue;
			}
			boolean shares = sequence.scored == null;
			int found = shares ? this.cache.find(sequence.keys, (sequence.length - 1) / this.limits.blockSize()) : 0;
			int missing = this.cache.missing(sequence.keys, found, sequence.length);
			if (missing + this.running.size() > this.cache.free()) {
				refused++;
				continue;
			}
			this.waiting.remove(i--);
			enter(sequence, found);
			left -= grow(sequence, left);
		}
		return left;
	}

	private void enter(Sequence sequence, int found) {
		int row = 0;
		while (this.rows[row]) {
			row++;
		}
		this.rows[row] = true;
		sequence.row = row;
		this.cache.attach(row, sequence.keys, found);
		sequence.computed = found * this.limits.blockSize();
		this.queried += sequence.promptLength;
		this.hits += Math.min(sequence.computed, sequence.promptLength);
		if (sequence.choice == 0 && sequence.generated() == 0) {
			sequence.stream.cachedTokens = sequence.computed;
		}
		int[] output = Arrays.copyOfRange(sequence.tokens, sequence.promptLength, sequence.length);
		this.runner.setSlot(row,
				SlotRules.of(sequence.stream.request.sampling(), sequence.stream.request.seed(), this.eos),
				sequence.tokens, sequence.promptLength, output, output.length);
		sequence.stepTokens = 0;
		this.running.add(sequence);
	}

	/** Takes a sequence out of batch and queue and gives back its blocks. */
	void leave(Sequence sequence) {
		if (sequence.row >= 0) {
			this.cache.release(sequence.row);
			this.rows[sequence.row] = false;
			sequence.row = -1;
			sequence.stepTokens = 0;
			this.running.remove(sequence);
		}
		else {
			this.waiting.remove(sequence);
		}
	}

	private void write(StepPlan plan, Sequence sequence) {
		int first = plan.tokens().count();
		for (int i = 0; i < sequence.stepTokens; i++) {
			plan.addToken(sequence.tokens[sequence.computed + i]);
		}
		plan.addSequence(first, sequence.stepTokens, sequence.computed, sequence.row);
		SamplingParameters sampling = sequence.stream.request.sampling();
		sequence.firstTarget = plan.targets().count();
		sequence.job = -1;
		Integer prompt = sampling.promptLogprobs();
		for (int i = 0; sequence.scored != null && prompt != null && i < sequence.stepTokens; i++) {
			int scored = sequence.computed + i + 1;
			if (scored < sequence.promptLength && scored >= sequence.scoredUpTo) {
				plan.addTarget(plan.addHeadRow(first + i), sequence.tokens[scored], prompt);
				plan.topStride(Math.max(plan.topStride(), prompt));
			}
		}
		sequence.targets = plan.targets().count() - sequence.firstTarget;
		boolean whole = sequence.computed + sequence.stepTokens == sequence.length;
		if (whole && sequence.generated() < sequence.stream.request.maxTokens()) {
			int head = plan.addHeadRow(first + sequence.stepTokens - 1);
			sequence.job = plan.addJob(head, sequence.row, sequence.choice, sequence.generated(), true, -1);
			Integer logprobs = sampling.logprobs();
			plan.topStride(Math.max(plan.topStride(), (logprobs != null) ? logprobs : 0));
		}
	}

}
