package io.llmserving.autoconfigure.availability;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.LivenessState;
import org.springframework.context.ApplicationContext;
import org.springframework.context.SmartLifecycle;

import io.llmserving.api.LlmEngine;
import io.llmserving.api.LlmServing;

/**
 * Looks at every engine's step loop from time to time. A native step that hangs cannot be
 * ended inside the process, so the application's liveness breaks; should the step come
 * back, liveness does too.
 */
final class StuckStepWatch implements SmartLifecycle {

	/** With the engines: watched from their start to their stop. */
	static final int PHASE = DEFAULT_PHASE - 4095;

	private static final Logger log = LoggerFactory.getLogger(StuckStepWatch.class);

	private final LlmServing serving;

	private final Duration stuckAfter;

	private final ApplicationContext context;

	private @Nullable ScheduledExecutorService timer;

	private boolean broken;

	StuckStepWatch(LlmServing serving, Duration stuckAfter, ApplicationContext context) {
		this.serving = serving;
		this.stuckAfter = stuckAfter;
		this.context = context;
	}

	@Override
	public synchronized void start() {
		long period = Math.clamp(this.stuckAfter.toMillis() / 4, 10, 5000);
		ScheduledExecutorService executor = Executors
			.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("llm-stuck-step-watch").factory());
		executor.scheduleWithFixedDelay(this::look, period, period, TimeUnit.MILLISECONDS);
		this.timer = executor;
	}

	@Override
	public synchronized void stop() {
		ScheduledExecutorService executor = this.timer;
		if (executor != null) {
			executor.shutdownNow();
			this.timer = null;
		}
	}

	@Override
	public synchronized boolean isRunning() {
		return this.timer != null;
	}

	@Override
	public boolean isPauseable() {
		return false;
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

	/**
	 * Publishes liveness where it changed. Timer thread only.
	 */
	private void look() {
		List<String> stuck = this.serving.engines().stream().filter(this::isStuck).map(LlmEngine::id).toList();
		if (!stuck.isEmpty() && !this.broken) {
			this.broken = true;
			log.error("The last step of {} has made no progress for {}; the application is not live", stuck,
					this.stuckAfter);
			AvailabilityChangeEvent.publish(this.context, LivenessState.BROKEN);
		}
		else if (stuck.isEmpty() && this.broken) {
			this.broken = false;
			log.warn("The engines make progress again; the application is live");
			AvailabilityChangeEvent.publish(this.context, LivenessState.CORRECT);
		}
	}

	private boolean isStuck(LlmEngine engine) {
		return engine.statistics().lastStepAge() > this.stuckAfter.toNanos();
	}

}
