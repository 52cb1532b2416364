package io.llmserving.spi;

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.FinishReason;
import io.llmserving.spi.EngineObserver.Outcome;

/**
 * How a request went.
 *
 * @param outcome how it ended
 * @param reasons why its choices ended, of those that ended by themselves, in order
 * @param queued from submission to the first step that computed a token of it, or to its
 * end
 * @param prefill from that step to the first token, null if there was none
 * @param decode from the first token to the end, null if there was none
 * @param total from submission to the end
 * @param promptTokens tokens of its prompt
 * @param cachedTokens prompt tokens that were in the cache
 * @param completionTokens tokens generated, of all choices
 * @param choices number of choices asked for
 * @param maxTokens most tokens of a choice, clamped to the context
 * @param preemptions how often it was preempted
 * @param error why it failed, null if it did not
 */
public record FinishedRequest(Outcome outcome, List<FinishReason> reasons, Duration queued, @Nullable Duration prefill,
		@Nullable Duration decode, Duration total, int promptTokens, int cachedTokens, int completionTokens,
		int choices, int maxTokens, int preemptions, @Nullable Throwable error) {

	public FinishedRequest {
		reasons = List.copyOf(reasons);
	}

	/**
	 * Returns what there is to tell of a request that was refused at once.
	 */
	public static FinishedRequest refused(Duration total, int choices, Throwable error) {
		return new FinishedRequest(Outcome.FAILED, List.of(), total, null, null, total, 0, 0, 0, choices, 0, 0, error);
	}

}
