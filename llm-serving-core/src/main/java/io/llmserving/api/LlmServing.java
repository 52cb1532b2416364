package io.llmserving.api;

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * All models of an application, those loaded at run time included. Safe for use by many
 * threads.
 */
public interface LlmServing {

	/**
	 * Returns the engines in the order of their configuration.
	 */
	List<LlmEngine> engines();

	/**
	 * Returns an engine by its id or by the name of a route.
	 * @throws ModelNotFoundException if there is none
	 */
	LlmEngine engine(String idOrRoute);

	/**
	 * Returns the engine of the default model.
	 * @throws ModelNotFoundException if no model is configured
	 */
	LlmEngine defaultEngine();

	/**
	 * Returns all names that requests may use: ids of models, then routes.
	 */
	default List<String> names() {
		return engines().stream().map(LlmEngine::id).toList();
	}

	/**
	 * Returns the engine that answers where a model cannot, null if there is none.
	 * @param id a model's id
	 */
	default @Nullable LlmEngine fallback(String id) {
		return null;
	}

	/**
	 * Generates with the model that the request names, or the default one. Where that
	 * model fails before its first event, or can't serve at the moment, its fallback
	 * answers.
	 */
	Flux<GenerationEvent> generate(GenerationRequest request);

	/**
	 * Adds a model and loads it.
	 */
	Mono<LlmEngine> load(ModelDefinition definition);

	/**
	 * Loads a model anew; requests in flight finish on the old instance.
	 */
	Mono<LlmEngine> reload(String id);

	/**
	 * Drains a model and frees its memory.
	 */
	Mono<Void> unload(String id, Duration drain);

	/**
	 * Reports every change of state from now on.
	 */
	Flux<EngineStateChange> changes();

}
