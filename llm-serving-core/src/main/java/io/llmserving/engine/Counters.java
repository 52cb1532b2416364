package io.llmserving.engine;

import java.util.concurrent.atomic.AtomicLongArray;

import io.llmserving.api.EngineStatistics;

/**
 * An engine's counters and gauges: written by its thread without allocation, read by any.
 */
final class Counters {

	/** What is counted. */
	enum Kind {

		WAITING, RUNNING, BLOCKS_TOTAL, BLOCKS_USED, BLOCKS_CACHED, STEPS, PROMPT_TOKENS, GENERATED_TOKENS,
		PREFIX_QUERIED, PREFIX_HITS, PREEMPTIONS, FORKS, STARTED, FINISHED, CANCELLED, FAILED, RESTARTS,

		/** When the step loop last made progress, 0 while it is idle. */
		PROGRESS_AT

	}

	/** The map of the cache, for those who look. */
	final CacheWatch cache = new CacheWatch();

	private final AtomicLongArray values = new AtomicLongArray(Kind.values().length);

	void set(Kind kind, long value) {
		this.values.setRelease(kind.ordinal(), value);
	}

	void add(Kind kind, long value) {
		this.values.setRelease(kind.ordinal(), this.values.getPlain(kind.ordinal()) + value);
	}

	long get(Kind kind) {
		return this.values.getAcquire(kind.ordinal());
	}

	EngineStatistics statistics(long now) {
		long progress = get(Kind.PROGRESS_AT);
		return new EngineStatistics(count(Kind.WAITING), count(Kind.RUNNING), count(Kind.BLOCKS_TOTAL),
				count(Kind.BLOCKS_USED), count(Kind.BLOCKS_CACHED), get(Kind.STEPS), get(Kind.PROMPT_TOKENS),
				get(Kind.GENERATED_TOKENS), get(Kind.PREFIX_QUERIED), get(Kind.PREFIX_HITS), get(Kind.PREEMPTIONS),
				get(Kind.STARTED), get(Kind.FINISHED), get(Kind.CANCELLED), get(Kind.FAILED), get(Kind.RESTARTS),
				(progress == 0) ? 0 : Math.max(0, now - progress));
	}

	private int count(Kind kind) {
		return (int) get(kind);
	}

}
