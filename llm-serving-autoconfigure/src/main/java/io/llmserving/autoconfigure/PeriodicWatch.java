package io.llmserving.autoconfigure;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/**
 * Looks at the engines from time to time, on a thread of its own, from their start to
 * their stop.
 */
public abstract class PeriodicWatch implements SmartLifecycle {

	private final String thread;

	private final long millis;

	private final int phase;

	private @Nullable ScheduledExecutorService timer;

	/**
	 * Creates a watch that does not look yet.
	 * @param thread name of its thread
	 * @param period time between the end of a look and the next
	 * @param phase of its life cycle, after that of the engines
	 */
	protected PeriodicWatch(String thread, Duration period, int phase) {
		this.thread = thread;
		this.millis = period.toMillis();
		this.phase = phase;
	}

	/** Called on the watch's thread only. */
	protected abstract void look();

	@Override
	public final synchronized void start() {
		ScheduledExecutorService executor = Executors
			.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name(this.thread).factory());
		executor.scheduleWithFixedDelay(this::look, this.millis, this.millis, TimeUnit.MILLISECONDS);
		this.timer = executor;
	}

	@Override
	public final synchronized void stop() {
		ScheduledExecutorService executor = this.timer;
		if (executor != null) {
			executor.shutdownNow();
			this.timer = null;
		}
	}

	@Override
	public final synchronized boolean isRunning() {
		return this.timer != null;
	}

	@Override
	public final boolean isPauseable() {
		return false;
	}

	@Override
	public final int getPhase() {
		return this.phase;
	}

}
