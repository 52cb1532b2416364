package io.llmserving.autoconfigure.availability;

import java.time.Duration;
import java.util.List;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.LivenessState;
import org.springframework.context.ApplicationContext;

import io.llmserving.api.LlmEngine;
import io.llmserving.api.LlmServing;
import io.llmserving.autoconfigure.PeriodicWatch;

/**
 * Looks at every engine's step loop from time to time. A native step that hangs cannot be
 * ended inside the process, so the application's liveness breaks; should the step come
 * back, liveness does too.
 */
final class StuckStepWatch extends PeriodicWatch {

	/** With the engines: watched from their start to their stop. */
	static final int PHASE = DEFAULT_PHASE - 4095;

	private static final Logger log = LoggerFactory.getLogger(StuckStepWatch.class);

	private final LlmServing serving;

	private final Duration stuckAfter;

	private final ApplicationContext context;

	private boolean broken;

	StuckStepWatch(LlmServing serving, Duration stuckAfter, ApplicationContext context) {
		super("llm-stuck-step-watch", Duration.ofMillis(Math.clamp(stuckAfter.toMillis() / 4, 10, 5000)), PHASE);
		this.serving = serving;
		this.stuckAfter = stuckAfter;
		this.context = context;
	}

	/**
	 * Publishes liveness where it changed. Timer thread only.
	 */
	@Override
	protected void look() {
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
