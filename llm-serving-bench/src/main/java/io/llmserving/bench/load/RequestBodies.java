package io.llmserving.bench.load;

import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes requests of streamed, greedy completions or chat completions.
 */
public final class RequestBodies {

	private static final JsonMapper JSON = JsonMapper.shared();

	private final @Nullable String model;

	private final boolean chat;

	private final boolean fixedLength;

	private final ObjectNode extra;

	/**
	 * @param fixedLength whether answers go on to their full length ({@code ignore_eos})
	 * @param extra a JSON object whose fields are added or replace what is there, null
	 * for none
	 * @throws IllegalArgumentException if that is no JSON object
	 */
	public RequestBodies(Target target, boolean fixedLength, @Nullable String extra) {
		this.model = target.model();
		this.chat = target.chat();
		this.fixedLength = fixedLength;
		this.extra = object(extra);
	}

	private static ObjectNode object(@Nullable String text) {
		if (text == null || text.isBlank()) {
			return JSON.createObjectNode();
		}
		try {
			if (JSON.readTree(text) instanceof ObjectNode object) {
				return object;
			}
		}
		catch (JacksonException ex) {
			throw new IllegalArgumentException("'%s' is no JSON object: %s".formatted(text, ex.getOriginalMessage()),
					ex);
		}
		throw new IllegalArgumentException("'%s' is no JSON object like {\"temperature\":0.7}".formatted(text));
	}

	/**
	 * Returns a request.
	 */
	public PlannedRequest request(String prompt, int tokens) {
		ObjectNode body = JSON.createObjectNode();
		if (this.model != null) {
			body.put("model", this.model);
		}
		if (this.chat) {
			body.putArray("messages").addObject().put("role", "user").put("content", prompt);
		}
		else {
			body.put("prompt", prompt);
		}
		body.put("max_tokens", tokens).put("temperature", 0).put("stream", true);
		body.putObject("stream_options").put("include_usage", true);
		if (this.fixedLength) {
			body.put("ignore_eos", true);
		}
		for (Map.Entry<String, JsonNode> field : this.extra.properties()) {
			body.set(field.getKey(), field.getValue());
		}
		int choices = body.path("n").asInt(1);
		return new PlannedRequest(JSON.writeValueAsBytes(body), this.fixedLength ? tokens * choices : 0, 0);
	}

}
