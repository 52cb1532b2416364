package io.llmserving.api;

import java.util.List;

/**
 * Log probabilities of a prompt's own tokens.
 *
 * @param tokens one entry per prompt token, in order; the first has a NaN logprob and no
 * alternatives, because nothing precedes it
 */
public record PromptLogprobs(List<TokenInfo> tokens) {
}
