package io.llmserving.engine;

import java.util.function.Supplier;

import io.llmserving.api.EngineInfo;
import io.llmserving.api.SamplingParameters;
import io.llmserving.api.Tokenizer;
import io.llmserving.runtime.StepRunner;

/**
 * A model in memory, ready to run. Arrays belong to the record.
 *
 * @param runners makes a runner, again after each failure; called on the engine's thread
 * @param windows window of each KV group, 0 for none
 * @param tokenizer the model's tokenizer
 * @param eos token ids that end an answer
 * @param sampling the model's own sampling values
 * @param info what is to be known of it
 * @param revision identifies weights and cache type, for keys of cached blocks
 * @param weights frees the weights, when the last runner is closed
 */
public record LoadedModel(Supplier<StepRunner> runners, int[] windows, Tokenizer tokenizer, int[] eos,
		SamplingParameters sampling, EngineInfo info, String revision, AutoCloseable weights) {
}
