package io.llmserving.engine;

import io.llmserving.api.SamplingParameters;
import io.llmserving.cache.BlockKeys;
import io.llmserving.decoding.StopRules;
import io.llmserving.runtime.SlotParameters;

/**
 * A request that was checked, with all defaults filled in and all that can be made ready
 * on the submitting thread.
 *
 * @param id the request's id
 * @param prompt its prompt
 * @param sampling its parameters
 * @param maxTokens most tokens per choice, clamped to the context
 * @param priority lower is sooner
 * @param firstTokenNanos when its first token has to be there, as
 * {@link System#nanoTime()}
 * @param deadlineNanos when it has to be over, likewise
 * @param slot what its sampler slots obey
 * @param stops when its choices end
 * @param keys of the prompt's full blocks
 */
record Admitted(String id, int[] prompt, SamplingParameters sampling, int maxTokens, int priority, long firstTokenNanos,
		long deadlineNanos, SlotParameters slot, StopRules stops, BlockKeys keys) {

	/** Returns whether logprobs of the prompt are asked for. */
	boolean scored() {
		return this.sampling.promptLogprobs() != null;
	}

}
