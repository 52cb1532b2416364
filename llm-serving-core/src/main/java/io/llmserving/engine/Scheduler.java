package io.llmserving.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.llmserving.cache.KvCache;
import io.llmserving.engine.Counters.Kind;
import io.llmserving.runtime.StepLimits;
import io.llmserving.runtime.StepRunner;

/**
 * Chooses what a step computes. There is no prefill phase and no decode phase: every
 * sequence has tokens that are not in the cache yet. Those that lack one go first,
 * prompts share what the budget leaves, then the queue is looked at. Where blocks run
 * out, the running sequence that would have gone last is computed again later; the first
 * of all is never preempted, so that work is always finished. May plan a step before the
 * one in flight was awaited. Engine thread only.
 */
final class Scheduler {

	/** In the order in which they go first. */
	final List<Sequence> running = new ArrayList<>();

	final WaitingQueue waiting = new WaitingQueue();

	final KvCache cache;

	final RowPool rows;

	private final StepRunner runner;

	private final StepLimits limits;

	private final AttentionPlanner attention;

	private final StepBudget budget;

	private final Inbox inbox;

	private final Counters counters;

	/** Sequences that run alone, until each has passed where a step failed. */
	private final List<Sequence> suspects = new ArrayList<>();

	/** Whether a sequence found too few blocks in the step being planned. */
	private boolean lacking;

	Scheduler(StepRunner runner, SchedulerParts parts, StepBudget budget, Inbox inbox, Counters counters) {
		this.runner = runner;
		this.limits = runner.limits();
		this.cache = parts.cache(runner);
		this.rows = parts.rows(runner, this.cache);
		this.attention = parts.attention(runner);
		this.budget = budget;
		this.inbox = inbox;
		this.counters = counters;
	}

	/** Puts a sequence into its place in the queue. */
	void enqueue(Sequence sequence) {
		this.waiting.add(sequence);
		if (sequence.suspectUntil > 0) {
			this.suspects.add(sequence);
		}
	}

	/** Plans a step; returns false if there is nothing to compute. */
	boolean schedule(Flight flight) {
		this.budget.begin(prompts());
		this.lacking = false;
		Sequence suspect = suspect();
		if (suspect != null) {
			alone(flight, suspect);
		}
		else {
			grow(flight, true);
			grow(flight, false);
			admit(flight);
		}
		flight.attended = this.budget.attended();
		this.attention.plan(flight.plan);
		return flight.count > 0;
	}

	/** How many sequences that run or may enter lack more than a token. */
	private int prompts() {
		int count = 0;
		for (int i = 0; i < this.running.size(); i++) {
			count += (this.running.get(i).pending() > 1) ? 1 : 0;
		}
		int enter = Math.min(this.waiting.size(), this.rows.free());
		for (int i = 0; i < enter; i++) {
			count += this.waiting.get(i).held() ? 0 : 1;
		}
		return count;
	}

	private void grow(Flight flight, boolean decodes) {
		for (int i = 0; i < this.running.size() && this.budget.left() > 0; i++) {
			Sequence sequence = this.running.get(i);
			int pending = sequence.pending();
			if (pending > 0 && (pending == 1) == decodes && sequence.inStep != flight.serial) {
				grow(flight, sequence);
			}
		}
	}

	private void grow(Flight flight, Sequence sequence) {
		int pending = sequence.pending();
		int count = this.budget.allow(pending, sequence.planned);
		if (sequence.request.admitted.scored() && sequence.choice == 0) {
			int heads = this.limits.headRows() - this.rows.size() - flight.plan.targets().count();
			count = Math.min(count, Math.max(heads, 1));
		}
		if (count <= 0 || !reserve(flight, sequence, count)) {
			return;
		}
		this.budget.spend(count, sequence.planned, pending == 1);
		sequence.inStep = flight.serial;
		int entry = PlanWriter.write(flight, sequence, count);
		if (sequence.planned >= sequence.promptLength && !sequence.request.promptPlanned) {
			sequence.request.promptPlanned = true;
			fork(flight, entry);
		}
	}

	private boolean reserve(Flight flight, Sequence sequence, int count) {
		while (!this.cache.reserve(sequence.row, sequence.planned + count)) {
			this.lacking = true;
			Sequence victim = (this.rows.fenced() > 0) ? null : victim(flight, sequence);
			if (victim == null) {
				return false;
			}
			preempt(victim);
		}
		return true;
	}

	/**
	 * Returns the last of those that go after a sequence and have no part in the step.
	 */
	private @Nullable Sequence victim(Flight flight, Sequence sequence) {
		for (int i = this.running.size() - 1; this.running.get(i) != sequence; i--) {
			if (this.running.get(i).inStep != flight.serial) {
				return this.running.get(i);
			}
		}
		return null;
	}

	private void preempt(Sequence victim) {
		leave(victim);
		victim.forget();
		victim.request.preemptions++;
		this.counters.add(Kind.PREEMPTIONS, 1);
		this.waiting.add(victim);
	}

	private void admit(Flight flight) {
		int refused = 0;
		for (int i = 0; i < this.waiting.size() && this.budget.left() > 0 && this.rows.free() > 0; i++) {
			Sequence sequence = this.waiting.get(i);
			if (this.lacking) {
				return;
			}
			if (sequence.held()) {
				continue;
			}
			int found = found(sequence);
			if (!fits(sequence, found)) {
				if (!WaitingQueue.mayPass(sequence, ++refused)) {
					return;
				}
				continue;
			}
			this.waiting.take(i--);
			enter(sequence, found);
			grow(flight, sequence);
		}
	}

	// One token at least is computed, for its logits. Who wants the prompt's logprobs
	// computes all of it.
	private int found(Sequence sequence) {
		boolean reads = !sequence.request.admitted.scored() || sequence.choice > 0;
		return reads ? this.cache.find(sequence.keys, (sequence.length - 1) / this.limits.blockSize()) : 0;
	}

	// The whole of it, and a block for everyone who runs, so that nobody is preempted
	// right away.
	private boolean fits(Sequence sequence, int found) {
		int watermark = this.running.size() * this.cache.groups();
		return this.cache.missing(sequence.keys, found, sequence.length) + watermark <= this.cache.free();
	}

	private void enter(Sequence sequence, int found) {
		take(sequence);
		this.cache.attach(sequence.row, sequence.keys, found);
		sequence.computed = found * this.limits.blockSize();
		sequence.planned = sequence.computed;
		int cached = Math.min(sequence.computed, sequence.promptLength);
		this.counters.add(Kind.PREFIX_QUERIED, sequence.promptLength);
		this.counters.add(Kind.PREFIX_HITS, cached);
		if (sequence.choice == 0 && sequence.generated() == 0) {
			sequence.request.cachedTokens = cached;
		}
	}

	/** Gives a sequence a row and a slot, and a place among those that run. */
	private void take(Sequence sequence) {
		sequence.row = this.rows.take();
		int[] output = Arrays.copyOfRange(sequence.tokens, sequence.promptLength, sequence.length);
		this.runner.setSlot(sequence.row, sequence.request.admitted.slot(), sequence.tokens, sequence.promptLength,
				output, output.length);
		int place = this.running.size();
		while (place > 0 && sequence.before(this.running.get(place - 1))) {
			place--;
		}
		this.running.add(place, sequence);
		this.inbox.entered(sequence);
	}

	/** Lets the other choices draw from the logits of a prompt that this step ends. */
	private void fork(Flight flight, int parentEntry) {
		Sequence parent = flight.sequences[parentEntry];
		int job = flight.jobs[parentEntry];
		if (job < 0 || parent.length > parent.promptLength) {
			return;
		}
		int head = flight.plan.jobs().get(job, 0);
		for (int i = 0; i < this.waiting.size() && this.rows.free() > 0; i++) {
			Sequence child = this.waiting.get(i);
			if (child.leader == parent && child.length == child.promptLength
					&& this.cache.forkable(parent.promptLength)) {
				this.waiting.take(i--);
				take(child);
				this.cache.fork(parent.row, child.row, parent.promptLength, flight.plan);
				child.planned = parent.promptLength;
				child.inStep = flight.serial;
				PlanWriter.sample(flight, flight.add(child, child.planned, 0), head);
				this.counters.add(Kind.FORKS, 1);
			}
		}
	}

	/** Runs a suspect and nobody else; others give way if it lacks blocks. */
	private void alone(Flight flight, Sequence suspect) {
		if (suspect.row < 0) {
			while (this.rows.free() == 0 || !fits(suspect, found(suspect))) {
				if (this.rows.fenced() > 0 || this.running.isEmpty()) {
					return;
				}
				preempt(this.running.get(this.running.size() - 1));
			}
			this.waiting.remove(suspect);
			enter(suspect, found(suspect));
		}
		if (suspect.pending() > 0) {
			grow(flight, suspect);
		}
	}

	private @Nullable Sequence suspect() {
		while (!this.suspects.isEmpty()) {
			Sequence first = this.suspects.get(0);
			if (!first.finished && first.suspectUntil > 0) {
				return first;
			}
			this.suspects.remove(0);
		}
		return null;
	}

	/** Takes a sequence out of batch and queue; its blocks are free behind its fence. */
	void leave(Sequence sequence) {
		if (sequence.row >= 0) {
			this.rows.retire(sequence.row, sequence.fence);
			sequence.row = -1;
			this.running.remove(sequence);
		}
		else {
			this.waiting.remove(sequence);
		}
	}

}
