package io.llmserving.autoconfigure.actuate;

import java.util.List;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;

import io.llmserving.api.EngineInfo;
import io.llmserving.api.EngineState;
import io.llmserving.api.EngineStatistics;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.LlmServing;
import io.llmserving.serving.ModelStatuses;
import io.llmserving.serving.ServingControl;
import io.llmserving.serving.ServingControl.Memory;
import io.llmserving.serving.ServingControl.ModelStatus;

/**
 * Shows the models: state, facts, counters and memory. Reads only what is in memory.
 */
@Endpoint(id = "llmmodels", defaultAccess = Access.READ_ONLY)
public final class LlmModelsEndpoint {

	private final LlmServing serving;

	public LlmModelsEndpoint(LlmServing serving) {
		this.serving = serving;
	}

	/**
	 * Returns all models in the order of their configuration.
	 */
	@ReadOperation
	public ModelsDescriptor models() {
		List<ModelDescriptor> models = ModelStatuses.of(this.serving).stream().map(this::describe).toList();
		return new ModelsDescriptor(models, (this.serving instanceof ServingControl control) ? control.memory() : null);
	}

	/**
	 * Returns one model, null where there is none of that id.
	 */
	@ReadOperation
	public @Nullable ModelDescriptor model(@Selector String id) {
		return ModelStatuses.of(this.serving)
			.stream()
			.filter((status) -> status.id().equals(id))
			.findFirst()
			.map(this::describe)
			.orElse(null);
	}

	private ModelDescriptor describe(ModelStatus status) {
		LlmEngine engine = this.serving.engine(status.id());
		EngineInfo facts = (status.state() == EngineState.READY) ? engine.ready().toFuture().getNow(null) : null;
		MemoryDescriptor memory = (facts == null) ? null : new MemoryDescriptor(facts.weightBytes(), facts.cacheBytes(),
				facts.weightBytes() + facts.cacheBytes());
		return new ModelDescriptor(status.id(), status.state(), status.reason(), status.source(), status.required(),
				facts, engine.statistics(), memory);
	}

	/**
	 * All models.
	 *
	 * @param models the models in the order of their configuration
	 * @param memory the budget that they share and what is set aside and allocated of it
	 */
	public record ModelsDescriptor(List<ModelDescriptor> models, @Nullable Memory memory) {
	}

	/**
	 * One model.
	 *
	 * @param id its id
	 * @param state where its engine stands
	 * @param reason why it failed, or what it is doing while it loads
	 * @param source where it comes from
	 * @param required whether readiness waits for it
	 * @param facts what is known of its engine once it is ready
	 * @param statistics its counters and gauges
	 * @param memory what it holds once it is ready
	 */
	public record ModelDescriptor(String id, EngineState state, @Nullable String reason, String source,
			boolean required, @Nullable EngineInfo facts, EngineStatistics statistics,
			@Nullable MemoryDescriptor memory) {
	}

	/**
	 * A model's memory outside the heap.
	 *
	 * @param weightBytes packed weights
	 * @param cacheBytes the cache's pool
	 * @param totalBytes both
	 */
	public record MemoryDescriptor(long weightBytes, long cacheBytes, long totalBytes) {
	}

}
