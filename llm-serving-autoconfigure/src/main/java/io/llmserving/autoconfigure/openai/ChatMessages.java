package io.llmserving.autoconfigure.openai;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.llmserving.api.ChatMessage;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the messages of a chat request.
 */
final class ChatMessages {

	private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant", "tool");

	private static final TypeReference<List<Map<String, Object>>> CALLS = new TypeReference<>() {
	};

	private final JsonMapper json;

	ChatMessages(JsonMapper json) {
		this.json = json;
	}

	List<ChatMessage> read(@Nullable JsonNode messages) {
		if (messages == null || !messages.isArray() || messages.isEmpty()) {
			throw RequestFields.invalid("messages", "'messages' must be an array of at least one message");
		}
		List<ChatMessage> result = new ArrayList<>();
		for (int i = 0; i < messages.size(); i++) {
			result.add(message("messages[%d]".formatted(i), messages.get(i)));
		}
		return result;
	}

	private ChatMessage message(String path, JsonNode node) {
		if (!(node instanceof ObjectNode object)) {
			throw RequestFields.wrongType(path, "an object", node);
		}
		RequestFields fields = new RequestFields(object);
		String role = fields.string("role");
		if (role == null || !ROLES.contains(role)) {
			throw RequestFields.invalid(path + ".role",
					"'%s.role' must be one of system, developer, user, assistant, tool".formatted(path));
		}
		String content = content(path, fields.node("content"));
		List<Map<String, Object>> calls = toolCalls(path, fields.node("tool_calls"));
		if (content == null && calls.isEmpty()) {
			throw RequestFields.invalid(path + ".content", "'%s.content' is missing".formatted(path));
		}
		String reasoning = fields.string("reasoning_content");
		return new ChatMessage(role.equals("developer") ? "system" : role, content, fields.string("name"),
				fields.string("tool_call_id"), calls, reasoning);
	}

	private @Nullable String content(String path, @Nullable JsonNode content) {
		if (content == null) {
			return null;
		}
		if (content.isString()) {
			return content.stringValue();
		}
		if (!content.isArray()) {
			throw RequestFields.wrongType(path + ".content", "a string or an array of text parts", content);
		}
		StringBuilder text = new StringBuilder();
		for (JsonNode part : content) {
			String type = part.path("type").asString("");
			if (!type.equals("text") || !part.path("text").isString()) {
				throw RequestFields.invalid(path + ".content",
						"'%s.content' holds a part of type '%s'; this model takes text parts only".formatted(path,
								type));
			}
			text.append(part.path("text").stringValue());
		}
		return text.toString();
	}

	private List<Map<String, Object>> toolCalls(String path, @Nullable JsonNode calls) {
		if (calls == null) {
			return List.of();
		}
		if (!calls.isArray()) {
			throw RequestFields.wrongType(path + ".tool_calls", "an array", calls);
		}
		return this.json.convertValue(calls, CALLS);
	}

}
