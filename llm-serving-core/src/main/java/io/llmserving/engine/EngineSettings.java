package io.llmserving.engine;

import java.time.Duration;

import io.llmserving.api.SamplingParameters;

/**
 * What an engine keeps to.
 *
 * @param maxSequences most sequences that run at once
 * @param tokensPerStep most tokens that one step computes
 * @param queueSize most sequences that wait
 * @param requestTimeout how long a request may take that sets no deadline
 * @param readyTimeout how long a request waits for a model that is loading
 * @param slowReaderTimeout how long a subscriber may ask for nothing
 * @param contextLength most tokens of a sequence
 * @param prefixSharing whether requests share the blocks of a common prefix
 * @param sampling values for requests that leave them out
 * @param restartAttempts restarts in a row before the engine counts as failed
 * @param restartDelay wait before the first restart, doubled with each further one
 * @param restartMaxDelay longest wait
 */
public record EngineSettings(int maxSequences, int tokensPerStep, int queueSize, Duration requestTimeout,
		Duration readyTimeout, Duration slowReaderTimeout, int contextLength, boolean prefixSharing,
		SamplingParameters sampling, int restartAttempts, Duration restartDelay, Duration restartMaxDelay) {
}
