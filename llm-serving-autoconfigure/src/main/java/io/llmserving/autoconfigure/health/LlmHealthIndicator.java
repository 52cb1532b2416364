package io.llmserving.autoconfigure.health;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

import io.llmserving.api.EngineState;
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

	private final @Nullable ModelProbe probe;

	/**
	 * Creates an indicator.
	 * @param stuckAfter age of a step without progress from which its loop counts as
	 * stuck
	 * @param probe lets models generate a token, null for nobody
	 */
	LlmHealthIndicator(LlmServing serving, Duration stuckAfter, @Nullable ModelProbe probe) {
		super("The health of the models could not be read");
		this.serving = serving;
		this.stuckAfter = stuckAfter;
		this.probe = probe;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		Status worst = Status.UP;
		for (ModelStatus model : ModelStatuses.of(this.serving)) {
			Duration age = lastStepAge(model.id());
			ModelProbe.Result probed = (this.probe != null) ? this.probe.result(model.id()) : null;
			Status status = status(model, stuck(age), probed);
			worst = worse(worst, status);
			builder.withDetail(model.id(), details(model, status, age, probed));
		}
		builder.status(worst);
	}

	private static Status status(ModelStatus model, boolean stuck, ModelProbe.@Nullable Result probed) {
		if (stuck) {
			return Status.DOWN;
		}
		if (!model.required()) {
			return Status.UP;
		}
		if (model.state() == EngineState.READY) {
			return (probed != null && probed.failure() != null) ? Status.DOWN : Status.UP;
		}
		return (model.state() == EngineState.FAILED) ? Status.DOWN : Status.OUT_OF_SERVICE;
	}

	private static Status worse(Status a, Status b) {
		if (a.equals(Status.DOWN) || b.equals(Status.UP)) {
			return a;
		}
		return b;
	}

	private Map<String, Object> details(ModelStatus model, Status status, Duration age,
			ModelProbe.@Nullable Result probed) {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("status", status.getCode());
		details.put("state", model.state());
		details.put("required", model.required());
		if (model.reason() != null) {
			details.put("reason", model.reason());
		}
		if (!age.isZero()) {
			details.put("lastStepAge", age.toMillis() + " ms");
		}
		if (stuck(age)) {
			details.put("stuck", "The engine's last step has made no progress for %d s".formatted(age.toSeconds()));
		}
		if (probed != null) {
			details.put("probed", probed.at());
			if (probed.failure() != null) {
				details.put("probe", probed.failure());
			}
		}
		return details;
	}

	private boolean stuck(Duration age) {
		return age.compareTo(this.stuckAfter) > 0;
	}

	/**
	 * Returns for how long the engine's step has made no progress, zero while it is idle.
	 */
	private Duration lastStepAge(String id) {
		for (LlmEngine engine : this.serving.engines()) {
			if (engine.id().equals(id)) {
				return Duration.ofNanos(engine.statistics().lastStepAge());
			}
		}
		return Duration.ZERO;
	}

}
