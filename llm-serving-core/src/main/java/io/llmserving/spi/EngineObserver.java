package io.llmserving.spi;

import java.time.Duration;

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

	/** A request ended. */
	default void finished(String model, Outcome outcome, Duration queued, Duration total, int promptTokens,
			int completionTokens) {
	}

	/** A step ended. */
	default void step(String model, int tokens, int sequences, long nanos) {
	}

	/** How a request ended. */
	enum Outcome {

		STOP, LENGTH, CANCELLED, DEADLINE, FAILED

	}

}
