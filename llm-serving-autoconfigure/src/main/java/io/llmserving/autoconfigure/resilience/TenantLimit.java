package io.llmserving.autoconfigure.resilience;

import java.time.Duration;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import org.jspecify.annotations.Nullable;

import io.llmserving.api.QuotaExceededException;
import io.llmserving.autoconfigure.web.Caller;

/**
 * What one caller may use: a number of requests in each period, a number of them at once.
 * Safe for use by many threads.
 */
final class TenantLimit {

	private static final Duration CONCURRENCY_RETRY = Duration.ofSeconds(1);

	private final String caller;

	private final int limit;

	private final Duration period;

	private final long since;

	private final @Nullable RateLimiter rate;

	private final @Nullable Bulkhead bulkhead;

	private volatile long touched;

	/**
	 * Creates the limits of a caller.
	 * @param period after which all requests are there again
	 */
	TenantLimit(Caller caller, Duration period) {
		this.caller = caller.id();
		this.period = period;
		Integer requests = caller.requestsPerMinute();
		Integer concurrency = caller.concurrency();
		this.limit = (requests != null) ? requests : 0;
		this.since = System.nanoTime();
		this.rate = (requests == null) ? null
				: RateLimiter.of(this.caller,
						RateLimiterConfig.custom()
							.limitForPeriod(requests)
							.limitRefreshPeriod(period)
							.timeoutDuration(Duration.ZERO)
							.build());
		this.bulkhead = (concurrency == null) ? null : Bulkhead.of(this.caller,
				BulkheadConfig.custom().maxConcurrentCalls(concurrency).maxWaitDuration(Duration.ZERO).build());
	}

	/**
	 * Takes in a request, which has to be {@linkplain #leave() given back}.
	 * @throws QuotaExceededException if a limit is reached; nothing is to be given back
	 * then, and no request of the period used up by one that is refused for concurrency
	 */
	void enter() {
		if (this.bulkhead != null && !this.bulkhead.tryAcquirePermission()) {
			int most = this.bulkhead.getBulkheadConfig().getMaxConcurrentCalls();
			throw new QuotaExceededException("Rate limit reached for '%s': %d requests run already, which is its limit"
				.formatted(this.caller, most), CONCURRENCY_RETRY);
		}
		if (this.rate != null && !this.rate.acquirePermission()) {
			if (this.bulkhead != null) {
				this.bulkhead.releasePermission();
			}
			throw new QuotaExceededException("Rate limit reached for '%s': its %d requests of %d s are used up"
				.formatted(this.caller, this.limit, Math.max(1, this.period.toSeconds())), reset());
		}
	}

	/** Gives a request back. */
	void leave() {
		if (this.bulkhead != null) {
			this.bulkhead.onComplete();
		}
	}

	/** Notes that the caller was here. */
	void touch(long nanos) {
		this.touched = nanos;
	}

	/** Whether the caller was not here since then and has nothing running. */
	boolean unusedSince(long nanos) {
		boolean idle = this.bulkhead == null || this.bulkhead.getMetrics()
			.getAvailableConcurrentCalls() == this.bulkhead.getMetrics().getMaxAllowedConcurrentCalls();
		return idle && this.touched - nanos < 0;
	}

	/** Whether requests are counted by time. */
	boolean counted() {
		return this.rate != null;
	}

	/** Requests of a period. */
	int limit() {
		return this.limit;
	}

	/** Requests that are left in this period. */
	int remaining() {
		return (this.rate != null) ? Math.max(0, this.rate.getMetrics().getAvailablePermissions()) : 0;
	}

	/**
	 * Time until all requests are there again: periods follow each other from the first.
	 */
	Duration reset() {
		long length = this.period.toNanos();
		return Duration.ofNanos(length - (System.nanoTime() - this.since) % length);
	}

}
