package io.llmserving.api;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A whole answer.
 *
 * @param requestId the request's id
 * @param model the id of the model that answered
 * @param choices the choices in order of their index, at least one
 * @param usage what the request consumed
 * @param timings how long its parts took
 * @param promptLogprobs log probabilities of the prompt, if the request asked for them
 */
public record Generation(String requestId, String model, List<Choice> choices, Usage usage, Timings timings,
		@Nullable PromptLogprobs promptLogprobs) {

	/**
	 * Returns the text of the first choice.
	 */
	public String text() {
		return this.choices.get(0).text();
	}

	/**
	 * One of the answers to a request.
	 *
	 * @param index the choice's index
	 * @param text its text
	 * @param tokens its tokens
	 * @param reason why it ended
	 * @param stopSequence the stop string that ended it, if one did
	 */
	public record Choice(int index, String text, List<TokenInfo> tokens, FinishReason reason,
			@Nullable String stopSequence) {
	}

}
