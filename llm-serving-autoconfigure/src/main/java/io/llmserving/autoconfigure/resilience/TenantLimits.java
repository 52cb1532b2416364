package io.llmserving.autoconfigure.resilience;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

import io.llmserving.autoconfigure.web.Caller;

/**
 * The limits of all callers seen of late. An issuer may know any number of subjects, so
 * limits that nobody touched for a period are forgotten: all of them would be there again
 * anyway. Safe for use by many threads.
 */
final class TenantLimits {

	private final ConcurrentMap<String, TenantLimit> limits = new ConcurrentHashMap<>();

	private final Duration period;

	private final LongSupplier nanos;

	private final AtomicLong swept;

	/**
	 * Creates limits of nobody.
	 * @param period after which all requests of a caller are there again
	 * @param nanos the time, as {@link System#nanoTime()}
	 */
	TenantLimits(Duration period, LongSupplier nanos) {
		this.period = period;
		this.nanos = nanos;
		this.swept = new AtomicLong(nanos.getAsLong());
	}

	/** Returns the limits of a caller, which count as touched. */
	TenantLimit of(Caller caller) {
		long now = this.nanos.getAsLong();
		sweep(now);
		return this.limits.compute(caller.tenant(), (tenant, known) -> {
			TenantLimit limit = (known != null) ? known : new TenantLimit(caller, this.period);
			limit.touch(now);
			return limit;
		});
	}

	/** Returns how many callers are remembered. */
	int size() {
		return this.limits.size();
	}

	// One thread in each period; the map asks again under the lock of each entry.
	private void sweep(long now) {
		long last = this.swept.get();
		if (now - last > this.period.toNanos() && this.swept.compareAndSet(last, now)) {
			for (String tenant : this.limits.keySet()) {
				this.limits.computeIfPresent(tenant,
						(key, limit) -> limit.unusedSince(now - this.period.toNanos()) ? null : limit);
			}
		}
	}

}
