package io.llmserving.text;

import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What is put around a plain text: as {@code tokenizer_config.json} says, if it says,
 * else as the {@code post_processor} of {@code tokenizer.json} does.
 *
 * @param prefix ids put before a text
 * @param suffix ids put after a text
 */
record HuggingFaceSurrounding(int[] prefix, int[] suffix) {

	static HuggingFaceSurrounding of(JsonNode postProcessor, JsonNode config, Function<String, @Nullable Integer> ids) {
		IntList prefix = new IntList(4);
		IntList suffix = new IntList(4);
		if (config.path("add_bos_token").isBoolean() || config.path("add_eos_token").isBoolean()) {
			addNamed(config, "bos_token", prefix, ids);
			addNamed(config, "eos_token", suffix, ids);
		}
		else {
			add(postProcessor, prefix, suffix);
		}
		return new HuggingFaceSurrounding(prefix.toArray(), suffix.toArray());
	}

	private static void addNamed(JsonNode config, String name, IntList out, Function<String, @Nullable Integer> ids) {
		String token = ChatTemplateSource.tokenName(config.path(name));
		if (!config.path("add_" + name).asBoolean(false) || token == null) {
			return;
		}
		Integer id = ids.apply(token);
		if (id == null) {
			throw new TokenizerFormatException("the %s \"%s\" is not in the vocabulary".formatted(name, token));
		}
		out.add(id);
	}

	private static void add(JsonNode node, IntList prefix, IntList suffix) {
		String type = node.path("type").asString("none");
		switch (type) {
			case "none", "ByteLevel" -> {
			}
			case "Sequence" -> node.path("processors").values().forEach((child) -> add(child, prefix, suffix));
			case "TemplateProcessing" -> addTemplate(node, prefix, suffix);
			case "BertProcessing", "RobertaProcessing" -> {
				prefix.add(node.path("cls").path(1).asInt());
				suffix.add(node.path("sep").path(1).asInt());
			}
			default -> throw new TokenizerFormatException("the post-processor \"%s\" is not supported".formatted(type));
		}
	}

	private static void addTemplate(JsonNode node, IntList prefix, IntList suffix) {
		IntList side = prefix;
		for (JsonNode piece : node.path("single").values()) {
			if (piece.has("Sequence")) {
				side = suffix;
				continue;
			}
			String name = piece.path("SpecialToken").path("id").asString("");
			JsonNode ids = node.path("special_tokens").path(name).path("ids");
			if (ids.isEmpty()) {
				throw new TokenizerFormatException("the post-processor names no ids for \"%s\"".formatted(name));
			}
			for (JsonNode id : ids.values()) {
				side.add(id.asInt());
			}
		}
	}

}
