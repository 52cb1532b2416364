package io.llmserving.api;

import java.time.Duration;
import java.util.List;

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
	 * Generates with the model that the request names, or the default one.
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
