package io.llmserving.autoconfigure.observation;

import java.util.List;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.ChatMessage;
import io.llmserving.api.GenerationRequest;

/**
 * A request's prompt in the form of the attribute {@code gen_ai.input.messages}: a JSON
 * array of messages with parts.
 */
final class InputMessages {

	private InputMessages() {
	}

	/** Returns the prompt's JSON, null where it consists of token ids. */
	static @Nullable String json(GenerationRequest request) {
		List<ChatMessage> messages = request.messages();
		if (messages == null) {
			return (request.prompt() != null) ? "[" + message("user", request.prompt()) + "]" : null;
		}
		List<String> all = messages.stream()
			.map((message) -> message(message.role(), (message.content() != null) ? message.content() : ""))
			.toList();
		return "[" + String.join(",", all) + "]";
	}

	private static String message(String role, String content) {
		return "{\"role\":%s,\"parts\":[{\"type\":\"text\",\"content\":%s}]}".formatted(quoted(role), quoted(content));
	}

	private static String quoted(String text) {
		StringBuilder quoted = new StringBuilder("\"");
		for (int i = 0; i < text.length(); i++) {
			char c = text.charAt(i);
			if (c == '"' || c == '\\') {
				quoted.append('\\').append(c);
			}
			else if (c < ' ') {
				quoted.append("\\u%04x".formatted((int) c));
			}
			else {
				quoted.append(c);
			}
		}
		return quoted.append('"').toString();
	}

}
