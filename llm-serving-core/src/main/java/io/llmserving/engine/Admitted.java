package io.llmserving.engine;

import io.llmserving.api.SamplingParameters;

/**
 * A request that was checked, with all defaults filled in.
 *
 * @param id the request's id
 * @param prompt its prompt
 * @param sampling its parameters
 * @param maxTokens most tokens per choice, clamped to the context
 * @param seed key of its random numbers
 * @param priority lower is sooner
 * @param salt part of the keys of its blocks
 * @param deadlineNanos when it has to be over, as {@link System#nanoTime()}
 */
record Admitted(String id, int[] prompt, SamplingParameters sampling, int maxTokens, long seed, int priority,
		String salt, long deadlineNanos) {
}
