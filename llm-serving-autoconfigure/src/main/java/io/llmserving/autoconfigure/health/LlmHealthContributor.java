package io.llmserving.autoconfigure.health;

import java.time.Duration;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthContributor;

import io.llmserving.api.LlmServing;
import io.llmserving.serving.ModelStatuses;
import io.llmserving.serving.ServingControl.ModelStatus;

/**
 * Health of all models that the façade knows at the moment, those loaded at run time
 * included, each by its id.
 */
final class LlmHealthContributor implements CompositeHealthContributor {

	private final LlmServing serving;

	private final Duration stuckAfter;

	private final @Nullable ModelProbe probe;

	LlmHealthContributor(LlmServing serving, Duration stuckAfter, @Nullable ModelProbe probe) {
		this.serving = serving;
		this.stuckAfter = stuckAfter;
		this.probe = probe;
	}

	@Override
	public @Nullable HealthContributor getContributor(String name) {
		return ModelStatuses.of(this.serving).stream().anyMatch((model) -> model.id().equals(name)) ? indicator(name)
				: null;
	}

	@Override
	public Stream<Entry> stream() {
		return ModelStatuses.of(this.serving).stream().map(ModelStatus::id).map((id) -> new Entry(id, indicator(id)));
	}

	private ModelHealthIndicator indicator(String id) {
		return new ModelHealthIndicator(id, this.serving, this.stuckAfter, this.probe);
	}

}
