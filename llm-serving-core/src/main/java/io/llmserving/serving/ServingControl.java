package io.llmserving.serving;

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.EngineState;
import io.llmserving.api.LlmServing;

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
	 * @param required whether readiness waits for it
	 * @param state where its engine stands
	 * @param reason why it failed, or what it is doing while it loads
	 */
	record ModelStatus(String id, String source, boolean required, EngineState state, @Nullable String reason) {
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
