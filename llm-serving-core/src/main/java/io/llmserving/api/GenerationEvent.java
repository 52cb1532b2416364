package io.llmserving.api;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What a generation tells its subscriber, in this order: one {@link Started}, any number
 * of {@link Delta} and {@link ToolCallDelta}, one {@link ChoiceFinished} per choice, one
 * {@link Completed}. The stream completes only after {@link Completed}; every other end
 * is an error signal.
 */
public sealed interface GenerationEvent {

	/**
	 * The request was admitted and its prompt computed.
	 *
	 * @param requestId the request's id
	 * @param model the id of the model that answers
	 * @param promptTokenIds the prompt's token ids; callers must not modify them
	 * @param cachedTokens prompt tokens whose keys and values were already in the cache
	 * @param promptLogprobs log probabilities of the prompt, if the request asked for
	 * them
	 */
	record Started(String requestId, String model, int[] promptTokenIds, int cachedTokens,
			@Nullable PromptLogprobs promptLogprobs) implements GenerationEvent {

		/**
		 * Returns the number of prompt tokens.
		 */
		public int promptTokens() {
			return this.promptTokenIds.length;
		}

	}

	/**
	 * More text of a choice. The text never ends inside a character; it may be empty
	 * while tokens are held back for a stop string or an incomplete character.
	 *
	 * @param choice index of the choice
	 * @param channel which part of the answer the text belongs to
	 * @param text the new text
	 * @param tokens the tokens generated since the last delta of this choice
	 */
	record Delta(int choice, Channel channel, String text, List<TokenInfo> tokens) implements GenerationEvent {
	}

	/**
	 * More of a tool call.
	 *
	 * @param choice index of the choice
	 * @param index index of the call within the choice
	 * @param id the call's id, with its first delta only
	 * @param name the tool's name, with its first delta only
	 * @param arguments more of the arguments' JSON text
	 */
	record ToolCallDelta(int choice, int index, @Nullable String id, @Nullable String name,
			String arguments) implements GenerationEvent {
	}

	/**
	 * A choice ended.
	 *
	 * @param choice index of the choice
	 * @param reason why it ended
	 * @param stopSequence the stop string that ended it, if one did
	 * @param stopTokenId the stop token id that ended it, if one of the request's did
	 */
	record ChoiceFinished(int choice, FinishReason reason, @Nullable String stopSequence,
			@Nullable Integer stopTokenId) implements GenerationEvent {
	}

	/**
	 * All choices ended.
	 *
	 * @param usage what the request consumed
	 * @param timings how long its parts took
	 */
	record Completed(Usage usage, Timings timings) implements GenerationEvent {
	}

}
