package io.llmserving.spi;

/**
 * Hears what happens to one request. Called on the engine's thread, but for a request
 * that is refused at once, whose end is told on the submitting one: implementations
 * return at once, never block and never throw.
 */
public interface RequestObserver {

	/** The first step that computes a token of it begins. */
	default void started() {
	}

	/** Its first token was generated. */
	default void firstToken() {
	}

	/** It ended; nothing follows. */
	default void finished(FinishedRequest request) {
	}

}
