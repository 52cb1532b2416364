package io.llmserving.serving;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.SamplingParameters;

/**
 * All settings of one model, defaults filled in.
 *
 * @param id the model's id, of the letters a to z and digits
 * @param source where the model comes from
 * @param load when it is loaded
 * @param required whether readiness waits for it
 * @param pinned whether its memory is never taken for another model
 * @param fallback id of the model that answers where this one cannot, null for none
 * @param placement where it runs, and with which numbers
 * @param contextLength most tokens of a sequence
 * @param cacheBytes most bytes of the cache's pool
 * @param blockSize tokens per block
 * @param prefixSharing whether requests share the blocks of a common prefix
 * @param scheduling limits of the scheduler
 * @param sampling sampling values for requests that leave them out
 * @param restart what happens after a failure
 */
public record ModelSettings(String id, String source, Load load, boolean required, boolean pinned,
		@Nullable String fallback, ModelPlacement placement, int contextLength, long cacheBytes, int blockSize,
		boolean prefixSharing, Scheduling scheduling, SamplingParameters sampling, Restart restart) {

	/**
	 * Returns the source without a web address's query, which may carry a signature.
	 */
	String displayedSource() {
		int query = this.source.startsWith("http") ? this.source.indexOf('?') : -1;
		return (query < 0) ? this.source : this.source.substring(0, query);
	}

	/**
	 * When a model is loaded.
	 */
	public enum Load {

		STARTUP, ON_DEMAND, MANUAL

	}

	/**
	 * Limits of the scheduler.
	 *
	 * @param maxSequences most sequences that run at once
	 * @param tokensPerStep most tokens that one step computes
	 * @param queueSize most sequences that wait
	 * @param requestTimeout how long a request may take that sets no deadline
	 * @param readyTimeout how long a request waits for a model that is loading
	 * @param slowReaderTimeout how long a subscriber may ask for nothing
	 */
	public record Scheduling(int maxSequences, int tokensPerStep, int queueSize, Duration requestTimeout,
			Duration readyTimeout, Duration slowReaderTimeout) {
	}

	/**
	 * What happens after a failure.
	 *
	 * @param maxAttempts restarts in a row before the model counts as failed
	 * @param initialDelay wait before the first restart, doubled with each further one
	 * @param maxDelay longest wait
	 */
	public record Restart(int maxAttempts, Duration initialDelay, Duration maxDelay) {
	}

}
