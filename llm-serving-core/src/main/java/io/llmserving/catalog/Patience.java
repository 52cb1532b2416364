package io.llmserving.catalog;

import java.time.Duration;

import io.github.resilience4j.retry.RetryConfig;
import org.jspecify.annotations.Nullable;

/**
 * How long transfers wait.
 *
 * @param connect until a connection stands
 * @param silence until the next byte of an answer
 * @param attempts attempts in a row that bring no byte before a transfer is given up
 * @param firstDelay before the second attempt; doubles with each further one
 */
record Patience(Duration connect, Duration silence, int attempts, Duration firstDelay) {

	static final Patience DEFAULT = new Patience(Duration.ofSeconds(10), Duration.ofSeconds(60), 5,
			Duration.ofSeconds(1));

	private static final Duration LONGEST_DELAY = Duration.ofSeconds(60);

	/**
	 * Returns how questions are repeated that a server may answer soon.
	 */
	RetryConfig retry() {
		return RetryConfig.custom()
			.maxAttempts(this.attempts)
			.retryOnException((error) -> error instanceof UnreachableException ex && ex.retryAfter() != null)
			.intervalBiFunction((attempt, outcome) -> delay(attempt, asked(outcome.getLeft())).toMillis())
			.build();
	}

	private static Duration asked(@Nullable Throwable error) {
		Duration asked = (error instanceof UnreachableException ex) ? ex.retryAfter() : null;
		return (asked != null) ? asked : Duration.ZERO;
	}

	/**
	 * Returns the delay after the given number of attempts in a row that failed.
	 * @param asked what the server asked for, zero if nothing
	 */
	Duration delay(int failures, Duration asked) {
		Duration own = this.firstDelay.multipliedBy(1L << Math.min(failures - 1, 10));
		Duration longer = (own.compareTo(asked) >= 0) ? own : asked;
		return (longer.compareTo(LONGEST_DELAY) <= 0) ? longer : LONGEST_DELAY;
	}

}
