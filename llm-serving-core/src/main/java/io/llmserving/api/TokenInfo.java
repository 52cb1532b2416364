package io.llmserving.api;

import java.util.List;

/**
 * One generated or scored token.
 *
 * @param id the token's id in the vocabulary
 * @param bytes the token's exact bytes, which may be an incomplete UTF-8 sequence;
 * callers must not modify them
 * @param logprob natural logarithm of the token's probability under the raw logits, NaN
 * when the request did not ask for logprobs
 * @param rank one-based rank of the token among the raw logits, 0 when not asked for
 * @param top the most probable tokens, best first, empty when not asked for
 */
public record TokenInfo(int id, byte[] bytes, float logprob, int rank, List<TopLogprob> top) {

	/**
	 * An alternative at the position of a token.
	 *
	 * @param id the alternative's token id
	 * @param bytes the alternative's exact bytes
	 * @param logprob natural logarithm of its probability under the raw logits
	 */
	public record TopLogprob(int id, byte[] bytes, float logprob) {
	}

}
