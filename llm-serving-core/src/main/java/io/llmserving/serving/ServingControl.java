package io.llmserving.serving;

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import io.llmserving.api.EngineState;
import io.llmserving.api.InvalidRequestException;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.LlmServing;
import io.llmserving.api.ModelNotFoundException;

/**
 * The façade together with what its owner does with it. Safe for use by many threads.
 */
public interface ServingControl extends LlmServing, AutoCloseable {

	/**
	 * Checks all that needs neither download nor weights, then loads the models that load
	 * at start-up in the background. May be called again after {@link #close()}.
	 * @throws ModelStartupException if a model can never be loaded as it stands
	 */
	void start();

	/**
	 * Waits until every required model is ready.
	 * @throws ModelStartupException if one of them failed
	 */
	void awaitRequired() throws InterruptedException;

	/**
	 * Refuses new requests from now on.
	 */
	void closeAdmission();

	/**
	 * Lets running requests finish; those that take longer end with an error.
	 */
	void drain(Duration timeout);

	/**
	 * Returns what is to be known of each model, in the order of their configuration.
	 */
	List<ModelStatus> models();

	/**
	 * Loads a model that is known, unless it is loaded.
	 * @throws ModelNotFoundException by the mono, if there is none of that id
	 */
	default Mono<LlmEngine> load(String id) {
		return Mono.error(new UnsupportedOperationException("This façade loads no models"));
	}

	/**
	 * Keeps a model's memory from being taken for others, or allows it again.
	 * @throws ModelNotFoundException if there is none of that id
	 */
	default void pin(String id, boolean pinned) {
		throw new UnsupportedOperationException("This façade pins no models");
	}

	/**
	 * Returns the names under which requests reach models beside their ids.
	 */
	default List<Route> routes() {
		return List.of();
	}

	/**
	 * Adds a route or changes the one of that name; it holds for the next request on and
	 * until the application stops.
	 * @throws ModelNotFoundException if a model that it leads to does not exist
	 * @throws InvalidRequestException if its name is a model's id
	 */
	default void route(Route route) {
		throw new UnsupportedOperationException("This façade has no routes");
	}

	/**
	 * Removes a route.
	 * @throws ModelNotFoundException if there is none of that name
	 */
	default void removeRoute(String name) {
		throw new UnsupportedOperationException("This façade has no routes");
	}

	/**
	 * Returns what the memory shared by all models is used for.
	 */
	Memory memory();

	/**
	 * Stops all engines and frees their memory.
	 */
	@Override
	void close();

	/**
	 * What is to be known of a model.
	 *
	 * @param id its id
	 * @param source where it comes from
	 * @param load when it is loaded
	 * @param required whether readiness waits for it
	 * @param pinned whether its memory is never taken for another model
	 * @param fallback id of the model that answers where this one cannot
	 * @param state where its engine stands
	 * @param reason why it failed, or what it is doing while it loads
	 * @param progress how far it is while it loads
	 */
	record ModelStatus(String id, String source, ModelSettings.Load load, boolean required, boolean pinned,
			@Nullable String fallback, EngineState state, @Nullable String reason, @Nullable LoadProgress progress) {
	}

	/**
	 * Native memory of all models.
	 *
	 * @param budgetBytes what weights and caches may take together
	 * @param plannedBytes what of it is set aside for models
	 * @param nativeBytes live bytes of native memory
	 * @param nativeAllocations live native allocations
	 */
	record Memory(long budgetBytes, long plannedBytes, long nativeBytes, long nativeAllocations) {
	}

}
