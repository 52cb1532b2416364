package io.llmserving.autoconfigure.openai;

import java.util.ArrayList;
import java.util.List;

import io.llmserving.api.GenerationRequest;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Reads the prompts of a text completion: a text, token ids, or several of either.
 */
final class Prompts {

	private static final String EXPECTED = "a string, an array of strings or of token ids";

	private Prompts() {
	}

	static List<GenerationRequest.Builder> read(@Nullable JsonNode prompt) {
		if (prompt == null || prompt.isEmpty() && prompt.isArray()) {
			throw RequestFields.invalid("prompt", "'prompt' is missing or empty");
		}
		if (!prompt.isArray() || prompt.get(0).isNumber()) {
			return List.of(one(prompt));
		}
		List<GenerationRequest.Builder> prompts = new ArrayList<>();
		for (JsonNode element : prompt) {
			prompts.add(one(element));
		}
		return prompts;
	}

	private static GenerationRequest.Builder one(JsonNode prompt) {
		if (prompt.isString()) {
			String text = prompt.stringValue();
			if (text.isEmpty()) {
				throw RequestFields.invalid("prompt", "'prompt' holds an empty text");
			}
			return GenerationRequest.prompt(text);
		}
		if (!prompt.isArray()) {
			throw RequestFields.wrongType("prompt", EXPECTED, prompt);
		}
		int[] tokens = new int[prompt.size()];
		if (tokens.length == 0) {
			throw RequestFields.invalid("prompt", "'prompt' holds an empty list of token ids");
		}
		for (int i = 0; i < tokens.length; i++) {
			if (!prompt.get(i).isInt()) {
				throw RequestFields.wrongType("prompt", EXPECTED, prompt.get(i));
			}
			tokens[i] = prompt.get(i).intValue();
		}
		return GenerationRequest.tokens(tokens);
	}

}
