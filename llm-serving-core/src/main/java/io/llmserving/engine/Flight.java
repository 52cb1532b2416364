package io.llmserving.engine;

import java.util.Arrays;

import io.llmserving.runtime.StepPlan;

/**
 * A step from its plan to its result: what it computes for whom. Reused. An entry whose
 * sequence was preempted or has ended since is stale and changes nothing.
 */
final class Flight {

	final StepPlan plan = new StepPlan();

	/** Steps are numbered in the order in which they are submitted, from 1. */
	long serial;

	/** The runner's ticket, once submitted. */
	long ticket;

	long submittedAt;

	int count;

	final Sequence[] sequences;

	private final int[] epochs;

	/** Tokens that an entry's sequence has in the cache after the step. */
	final int[] upTo;

	/** Query tokens of an entry; none for a fork, which has its parent's. */
	final int[] counts;

	/** The entry's sampler job, -1 for none. */
	final int[] jobs;

	final int[] firstTarget;

	final int[] targets;

	/** Query tokens times the keys they see, for the prediction of costs. */
	double attended;

	Flight(int sequences) {
		this.sequences = new Sequence[sequences];
		this.epochs = new int[sequences];
		this.upTo = new int[sequences];
		this.counts = new int[sequences];
		this.jobs = new int[sequences];
		this.firstTarget = new int[sequences];
		this.targets = new int[sequences];
	}

	void clear(long number) {
		this.plan.clear();
		this.serial = number;
		this.count = 0;
		this.attended = 0;
	}

	/** Lets go of the sequences once the result was applied. */
	@SuppressWarnings("NullAway") // entries from the count on are not read
	void done() {
		Arrays.fill(this.sequences, 0, this.count, null);
		this.count = 0;
	}

	/** Adds an entry without job and targets; returns its index. */
	int add(Sequence sequence, int upTo, int tokens) {
		int entry = this.count++;
		this.sequences[entry] = sequence;
		this.epochs[entry] = sequence.epoch;
		this.upTo[entry] = upTo;
		this.counts[entry] = tokens;
		this.jobs[entry] = -1;
		this.firstTarget[entry] = this.plan.targets().count();
		this.targets[entry] = 0;
		sequence.fence = this.serial;
		return entry;
	}

	boolean stale(int entry) {
		return this.epochs[entry] != this.sequences[entry].epoch;
	}

}
