package io.llmserving.autoconfigure.health;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

import io.llmserving.api.EngineState;
import io.llmserving.api.EngineStatistics;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.LlmServing;
import io.llmserving.serving.ModelStatuses;
import io.llmserving.serving.ServingControl.ModelStatus;

/**
 * Health of all models that the façade knows at the moment. A model that readiness waits
 * for and that failed is {@code DOWN}, one that is not ready yet {@code OUT_OF_SERVICE};
 * a stuck step loop is {@code DOWN} whichever model's it is. Never blocks.
 */
final class LlmHealthIndicator extends AbstractHealthIndicator {

	private final LlmServing serving;

	private final Duration stuckAfter;

	/**
	 * Creates an indicator.
	 * @param stuckAfter age of a step without progress from which its loop counts as
	 * stuck
	 */
	LlmHealthIndicator(LlmServing serving, Duration stuckAfter) {
		super("The health of the models could not be read");
		this.serving = serving;
		this.stuckAfter = stuckAfter;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		Status worst = Status.UP;
		for (ModelStatus model : ModelStatuses.of(this.serving)) {
			Duration stuck = stuck(model.id());
			worst = worse(worst, status(model, stuck));
			builder.withDetail(model.id(), details(model, stuck));
		}
		builder.status(worst);
	}

	private static Status status(ModelStatus model, @Nullable Duration stuck) {
		if (stuck != null) {
			return Status.DOWN;
		}
		if (!model.required() || model.state() == EngineState.READY) {
			return Status.UP;
		}
		return (model.state() == EngineState.FAILED) ? Status.DOWN : Status.OUT_OF_SERVICE;
	}

	private static Status worse(Status a, Status b) {
		if (a.equals(Status.DOWN) || b.equals(Status.UP)) {
			return a;
		}
		return b;
	}

	private static Map<String, Object> details(ModelStatus model, @Nullable Duration stuck) {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("state", model.state());
		details.put("required", model.required());
		if (model.reason() != null) {
			details.put("reason", model.reason());
		}
		if (stuck != null) {
			details.put("stuck", "The engine's last step has made no progress for %d s".formatted(stuck.toSeconds()));
		}
		return details;
	}

	/**
	 * Returns for how long the engine's step has made no progress, null unless that is
	 * too long.
	 */
	private @Nullable Duration stuck(String id) {
		for (LlmEngine engine : this.serving.engines()) {
			if (engine.id().equals(id)) {
				EngineStatistics statistics = engine.statistics();
				Duration age = Duration.ofNanos(statistics.lastStepAge());
				return (age.compareTo(this.stuckAfter) > 0) ? age : null;
			}
		}
		return null;
	}

}
