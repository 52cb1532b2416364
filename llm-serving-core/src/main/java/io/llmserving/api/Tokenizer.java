package io.llmserving.api;

import java.util.List;
import java.util.Map;

/**
 * A model's tokenizer. Safe for use by many threads.
 */
public interface Tokenizer {

	/**
	 * Turns text into token ids.
	 * @param text the text
	 * @param addSpecial whether to add what the model expects around a plain text, such
	 * as a begin-of-sequence token
	 * @param parseSpecial whether special tokens written in the text become those tokens;
	 * false for text from users
	 */
	int[] encode(String text, boolean addSpecial, boolean parseSpecial);

	/**
	 * Turns token ids into text; an incomplete or malformed UTF-8 sequence becomes
	 * U+FFFD.
	 * @param skipSpecial whether special tokens leave no text
	 * @throws InvalidRequestException if an id is not in the vocabulary
	 */
	String decode(int[] ids, boolean skipSpecial);

	/**
	 * Returns the exact bytes that a token stands for: for special tokens those of their
	 * name.
	 */
	byte[] bytes(int id);

	/**
	 * Returns whether a token is special, that is, never produced from plain text.
	 */
	boolean isSpecial(int id);

	/**
	 * Returns the number of token ids.
	 */
	int vocabularySize();

	/**
	 * Renders a conversation with the model's chat template and tokenizes the result: the
	 * template's own special tokens become tokens, those in message contents stay text.
	 * @param messages the conversation, oldest first
	 * @param addGenerationPrompt whether the assistant's turn is opened at the end
	 * @param variables further variables of the template, plain JSON values
	 * @throws InvalidRequestException if the template refuses the conversation or the
	 * model has none, or if a variable has a name that is not the caller's to set
	 */
	int[] encodeChat(List<ChatMessage> messages, boolean addGenerationPrompt, Map<String, ?> variables);

	/**
	 * Renders and tokenizes a conversation without further variables.
	 */
	default int[] encodeChat(List<ChatMessage> messages, boolean addGenerationPrompt) {
		return encodeChat(messages, addGenerationPrompt, Map.of());
	}

}
