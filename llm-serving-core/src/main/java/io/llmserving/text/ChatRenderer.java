package io.llmserving.text;

import java.util.List;
import java.util.Map;

import io.llmserving.api.ChatMessage;

/**
 * Renders a conversation by a model's chat template. Safe for use by many threads.
 */
@FunctionalInterface
public interface ChatRenderer {

	/**
	 * Renders the conversation.
	 * @param messages the conversation, oldest first
	 * @param addGenerationPrompt whether the assistant's turn is opened at the end
	 * @param variables further variables of the template, plain JSON values
	 * @throws io.llmserving.api.InvalidRequestException if the template refuses the
	 * conversation, or if a variable has a name that is not the caller's to set
	 */
	ChatText render(List<ChatMessage> messages, boolean addGenerationPrompt, Map<String, ?> variables);

}
