package io.llmserving.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A model's chat template as its files have it.
 *
 * @param template the template's text
 * @param specialTokens the texts of the special tokens that the template may name, by
 * name, such as {@code bos_token}
 */
public record ChatTemplateSource(String template, Map<String, String> specialTokens) {

	private static final List<String> NAMES = List.of("bos_token", "eos_token", "unk_token", "pad_token", "sep_token",
			"cls_token", "mask_token");

	public ChatTemplateSource {
		specialTokens = Map.copyOf(specialTokens);
	}

	/**
	 * Returns the template of a GGUF file, null if it has none.
	 */
	public static @Nullable ChatTemplateSource of(GgufVocabulary vocabulary) {
		GgufVocabulary.Settings settings = vocabulary.settings();
		if (settings.chatTemplate() == null) {
			return null;
		}
		Map<String, String> tokens = new LinkedHashMap<>();
		putIfPresent(tokens, "bos_token", vocabulary.token(settings.bos()));
		putIfPresent(tokens, "eos_token", vocabulary.token(settings.eos()));
		putIfPresent(tokens, "unk_token", vocabulary.token(settings.unknown()));
		return new ChatTemplateSource(settings.chatTemplate(), tokens);
	}

	/**
	 * Returns the template of a Hugging Face directory, null if it has none: from
	 * {@code chat_template.jinja}, {@code chat_template.json} or
	 * {@code tokenizer_config.json}, the first that there is. Of several named templates
	 * it is the one named "default".
	 * @throws TokenizerFormatException if a file cannot be read
	 */
	public static @Nullable ChatTemplateSource fromDirectory(Path directory) {
		JsonNode config = JsonFiles.readIfPresent(directory.resolve("tokenizer_config.json"));
		String template = template(directory, config);
		if (template == null) {
			return null;
		}
		JsonNode map = JsonFiles.readIfPresent(directory.resolve("special_tokens_map.json"));
		Map<String, String> tokens = new LinkedHashMap<>();
		for (String name : NAMES) {
			putIfPresent(tokens, name, tokenName(map.path(name)));
			putIfPresent(tokens, name, tokenName(config.path(name)));
		}
		return new ChatTemplateSource(template, tokens);
	}

	private static @Nullable String template(Path directory, JsonNode config) {
		Path plain = directory.resolve("chat_template.jinja");
		if (Files.exists(plain)) {
			try {
				return Files.readString(plain);
			}
			catch (IOException ex) {
				throw new TokenizerFormatException("Cannot read %s: %s".formatted(plain, ex.getMessage()), ex);
			}
		}
		JsonNode own = JsonFiles.readIfPresent(directory.resolve("chat_template.json")).path("chat_template");
		return chosen(own.isMissingNode() ? config.path("chat_template") : own);
	}

	private static @Nullable String chosen(JsonNode templates) {
		if (templates.isString()) {
			return templates.asString();
		}
		for (JsonNode named : templates.values()) {
			if (named.path("name").asString("").equals("default")) {
				return named.path("template").asString("");
			}
		}
		return null;
	}

	/**
	 * Returns a token's text from either of its two spellings: as a string or an object
	 * with its content.
	 */
	static @Nullable String tokenName(JsonNode node) {
		JsonNode content = node.isObject() ? node.path("content") : node;
		return content.isString() ? content.asString() : null;
	}

	private static void putIfPresent(Map<String, String> tokens, String name, @Nullable String token) {
		if (token != null) {
			tokens.put(name, token);
		}
	}

}
