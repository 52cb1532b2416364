package io.llmserving.autoconfigure.openai;

import java.util.List;

import io.llmserving.api.GenerationRequest;
import org.jspecify.annotations.Nullable;

/**
 * A parsed completion request: what to generate and how to write the answer.
 *
 * @param generations one per prompt; chat has exactly one
 * @param style how the answer is written
 */
public record ApiRequest(List<GenerationRequest> generations, Style style) {

	/**
	 * How an answer is written.
	 *
	 * @param model the model's name as the client wrote it, null for the default one
	 * @param stream whether the answer comes as server-sent events
	 * @param includeUsage whether a stream ends with a chunk of usage
	 * @param logprobs whether logprobs are written
	 * @param topLogprobs how many alternatives are written
	 * @param echo whether the prompt precedes the text
	 * @param maxTokensZero whether nothing but the echo is asked for
	 * @param returnTokenIds whether token ids are written
	 * @param tokensAsIds whether tokens in logprobs are written as {@code token_id:n}
	 * @param choicesPerPrompt number of choices of each prompt
	 */
	public record Style(@Nullable String model, boolean stream, boolean includeUsage, boolean logprobs, int topLogprobs,
			boolean echo, boolean maxTokensZero, boolean returnTokenIds, boolean tokensAsIds, int choicesPerPrompt) {
	}

}
