package io.llmserving.spi;

import java.time.Duration;

import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

import io.llmserving.api.GenerationRequest;

/**
 * Hears what happens in an engine. Called on the engine's thread: implementations return
 * at once, allocate little, never block and never throw.
 */
public interface EngineObserver {

	/** A request was put into the queue. */
	default void submitted(String model, int promptTokens) {
	}

	/** A request produced its first token. */
	default void firstToken(String model, Duration sinceSubmission) {
	}

	/** A request produced a further token. */
	default void nextToken(String model, long nanosSincePrevious) {
	}

	/** A request ended that had been put into the queue. */
	default void finished(String model, FinishedRequest request) {
	}

	/**
	 * A request comes in. Called on the subscriber's thread, before the request is
	 * checked.
	 * @param context the subscriber's context
	 * @return hears what happens to this request, null for nobody
	 */
	default @Nullable RequestObserver observe(String model, GenerationRequest request, ContextView context) {
		return null;
	}

	/** A step ended. */
	default void step(String model, int tokens, int sequences, long nanos) {
	}

	/** How a request ended. */
	enum Outcome {

		STOP, LENGTH, CANCELLED, DEADLINE, FAILED

	}

}
