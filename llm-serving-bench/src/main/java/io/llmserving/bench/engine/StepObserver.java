package io.llmserving.bench.engine;

import io.llmserving.runtime.StepPlan;
import io.llmserving.runtime.StepRunner;

/**
 * Is told of the steps that are timed.
 */
interface StepObserver {

	/** Looks away. */
	StepObserver NONE = new StepObserver() {
	};

	/** They begin. */
	default void begin(StepRunner runner) {
	}

	/** One was computed. */
	default void step(StepPlan plan) {
	}

	/** They have ended. */
	default void end(StepRunner runner) {
	}

}
