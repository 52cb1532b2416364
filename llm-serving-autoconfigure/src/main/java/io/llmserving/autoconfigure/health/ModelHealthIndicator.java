package io.llmserving.autoconfigure.health;

import java.time.Duration;

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
 * Health of one model. One that readiness waits for is {@code DOWN} where it failed and
 * {@code OUT_OF_SERVICE} where it is not ready yet; a stuck step loop is {@code DOWN}
 * whichever model's it is. Never blocks.
 */
final class ModelHealthIndicator extends AbstractHealthIndicator {

	private final String id;

	private final LlmServing serving;

	private final Duration stuckAfter;

	private final @Nullable ModelProbe probe;

	/**
	 * Creates an indicator.
	 * @param stuckAfter age of a step without progress from which its loop counts as
	 * stuck
	 * @param probe lets models generate a token, null for nobody
	 */
	ModelHealthIndicator(String id, LlmServing serving, Duration stuckAfter, @Nullable ModelProbe probe) {
		super("The health of model '%s' could not be read".formatted(id));
		this.id = id;
		this.serving = serving;
		this.stuckAfter = stuckAfter;
		this.probe = probe;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		ModelStatus model = ModelStatuses.of(this.serving)
			.stream()
			.filter((status) -> status.id().equals(this.id))
			.findFirst()
			.orElse(null);
		if (model == null) {
			builder.unknown();
			return;
		}
		Duration age = lastStepAge();
		ModelProbe.Result probed = (this.probe != null) ? this.probe.result(this.id) : null;
		builder.status(status(model, stuck(age), probed));
		details(builder, model, age, probed);
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

	private void details(Health.Builder builder, ModelStatus model, Duration age, ModelProbe.@Nullable Result probed) {
		builder.withDetail("state", model.state()).withDetail("required", model.required());
		if (model.reason() != null) {
			builder.withDetail("reason", model.reason());
		}
		if (!age.isZero()) {
			builder.withDetail("lastStepAge", age.toMillis() + " ms");
		}
		if (stuck(age)) {
			builder.withDetail("stuck",
					"The engine's last step has made no progress for %d s".formatted(age.toSeconds()));
		}
		if (probed != null) {
			builder.withDetail("probed", probed.at());
			if (probed.failure() != null) {
				builder.withDetail("probe", probed.failure());
			}
		}
	}

	private boolean stuck(Duration age) {
		return age.compareTo(this.stuckAfter) > 0;
	}

	/**
	 * Returns for how long the engine's step has made no progress, zero while it is idle.
	 */
	private Duration lastStepAge() {
		for (LlmEngine engine : this.serving.engines()) {
			if (engine.id().equals(this.id)) {
				return Duration.ofNanos(engine.statistics().lastStepAge());
			}
		}
		return Duration.ZERO;
	}

}
