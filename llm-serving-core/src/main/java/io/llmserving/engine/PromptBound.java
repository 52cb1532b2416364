package io.llmserving.engine;

import java.util.List;

import io.llmserving.api.ChatMessage;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.InvalidRequestException;
import io.llmserving.text.TokenBytes;

/**
 * Refuses texts that cannot fit the context even if all their tokens were the longest of
 * the vocabulary, before any time is spent on finding out how many there are.
 */
final class PromptBound {

	private final int context;

	/** A character is one byte at least, so that counting characters is enough. */
	private final long characters;

	PromptBound(TokenBytes bytes, int context) {
		int longest = 1;
		for (int id = 0; id < bytes.size(); id++) {
			longest = Math.max(longest, bytes.bytes(id).length);
		}
		this.context = context;
		this.characters = (long) longest * context;
	}

	/**
	 * Checks the text of a request. One that is to be cut may be of any length.
	 * @throws InvalidRequestException if it is too long for any tokenizer
	 */
	void check(GenerationRequest request) {
		if (request.truncatePromptTokens() != null) {
			return;
		}
		String prompt = request.prompt();
		long length = (prompt != null) ? prompt.length() : 0;
		List<ChatMessage> messages = request.messages();
		for (int i = 0; messages != null && i < messages.size(); i++) {
			String content = messages.get(i).content();
			length += (content != null) ? content.length() : 0;
		}
		if (length > this.characters) {
			throw new InvalidRequestException(
					"This model's maximum context length is %d tokens, but the prompt has %d characters, which are more: shorten it"
						.formatted(this.context, length),
					"messages", "context_length_exceeded");
		}
	}

}
