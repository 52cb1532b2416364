package io.llmserving.autoconfigure.openai;

import java.util.List;

import io.llmserving.api.ChatMessage;
import org.jspecify.annotations.Nullable;

/**
 * What to tokenize: messages, or else a prompt.
 *
 * @param model the model's name, null for the default one
 * @param prompt the text, empty where there are messages
 * @param messages the conversation, null where there is a prompt
 * @param addSpecialTokens whether the model's own begin token is added to a prompt
 * @param addGenerationPrompt whether the assistant's turn is opened after the messages
 */
public record TokenizeRequest(@Nullable String model, String prompt, @Nullable List<ChatMessage> messages,
		boolean addSpecialTokens, boolean addGenerationPrompt) {

	/**
	 * What to turn into text.
	 *
	 * @param model the model's name, null for the default one
	 * @param tokens the token ids
	 */
	public record Detokenize(@Nullable String model, List<Integer> tokens) {
	}

}
