package io.llmserving.api;

import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * One message of a conversation, as a chat template sees it.
 *
 * @param role who speaks: {@code system}, {@code developer}, {@code user},
 * {@code assistant} or {@code tool}; templates may know others
 * @param content the text, null when an assistant message only calls tools
 * @param name the speaker's name, if any
 * @param toolCallId the call that a tool message answers, if any
 * @param toolCalls the calls that an assistant message makes, as plain JSON values
 * @param reasoning thoughts that preceded an assistant's answer, if any
 */
public record ChatMessage(String role, @Nullable String content, @Nullable String name, @Nullable String toolCallId,
		List<Map<String, Object>> toolCalls, @Nullable String reasoning) {

	public ChatMessage {
		toolCalls = List.copyOf(toolCalls);
	}

	/**
	 * Creates a plain message.
	 */
	public static ChatMessage of(String role, String content) {
		return new ChatMessage(role, content, null, null, List.of(), null);
	}

	/**
	 * Creates a system message.
	 */
	public static ChatMessage system(String content) {
		return of("system", content);
	}

	/**
	 * Creates a user message.
	 */
	public static ChatMessage user(String content) {
		return of("user", content);
	}

	/**
	 * Creates an assistant message.
	 */
	public static ChatMessage assistant(String content) {
		return of("assistant", content);
	}

}
