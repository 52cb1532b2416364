package io.llmserving.autoconfigure.actuate;

import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.EngineInfo;
import io.llmserving.api.EngineState;
import io.llmserving.api.EngineStatistics;
import io.llmserving.serving.LoadProgress;
import io.llmserving.serving.ModelSettings;
import io.llmserving.serving.ServingControl.Memory;

/**
 * All models.
 *
 * @param models the models in the order of their configuration
 * @param routes further names and the shares of the models that they lead to
 * @param memory the budget that they share and what is set aside and allocated of it
 */
public record ModelsDescriptor(List<ModelDescriptor> models, Map<String, Map<String, Integer>> routes,
		@Nullable Memory memory) {

	/**
	 * One model.
	 *
	 * @param id its id
	 * @param state where its engine stands
	 * @param reason why it failed, or what it is doing while it loads
	 * @param progress how far it is while it loads
	 * @param source where it comes from
	 * @param load when it is loaded
	 * @param required whether readiness waits for it
	 * @param pinned whether its memory is never taken for another model
	 * @param fallback id of the model that answers where this one cannot
	 * @param facts what is known of its engine once it is ready
	 * @param statistics its counters and gauges
	 * @param memory what it holds once it is ready
	 */
	public record ModelDescriptor(String id, EngineState state, @Nullable String reason,
			@Nullable LoadProgress progress, String source, ModelSettings.Load load, boolean required, boolean pinned,
			@Nullable String fallback, @Nullable EngineInfo facts, EngineStatistics statistics,
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
