package io.llmserving.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.PatternSyntaxException;

import tools.jackson.databind.JsonNode;

/**
 * The {@code pre_tokenizer} of a {@code tokenizer.json}.
 *
 * @param preTokenizer cuts the text
 * @param byteLevel whether pieces are tokenized by bytes rather than characters
 */
record HuggingFacePreTokenizer(PreTokenizer preTokenizer, boolean byteLevel) {

	static HuggingFacePreTokenizer of(JsonNode node) {
		List<JsonNode> steps = new ArrayList<>();
		flatten(node, steps);
		List<PreTokenizer> preTokenizers = new ArrayList<>();
		boolean byteLevel = false;
		for (JsonNode step : steps) {
			String type = step.path("type").asString("");
			if (byteLevel) {
				throw new TokenizerFormatException(
						"the pre-tokenizer \"%s\" after \"ByteLevel\" is not supported".formatted(type));
			}
			byteLevel = type.equals("ByteLevel");
			preTokenizers.add(step(type, step));
		}
		return new HuggingFacePreTokenizer(PreTokenizer.sequence(preTokenizers), byteLevel);
	}

	private static void flatten(JsonNode node, List<JsonNode> steps) {
		if (node.path("type").asString("").equals("Sequence")) {
			node.path("pretokenizers").values().forEach((child) -> flatten(child, steps));
		}
		else if (!node.isMissingNode() && !node.isNull()) {
			steps.add(node);
		}
	}

	private static PreTokenizer step(String type, JsonNode node) {
		return switch (type) {
			case "ByteLevel" -> byteLevel(node);
			case "Split" -> new SplitPreTokenizer(pattern(node.path("pattern")),
					behavior(node.path("behavior").asString("")), node.path("invert").asBoolean(false));
			case "Digits" ->
				SplitPreTokenizer.isolated(node.path("individual_digits").asBoolean(false) ? "\\p{N}" : "\\p{N}+");
			case "Punctuation" -> new SplitPreTokenizer(BoundedPattern.compile("[\\p{P}!-/:-@\\[-`{-~]"),
					behavior(node.path("behavior").asString("Isolated")), false);
			case "WhitespaceSplit" ->
				new SplitPreTokenizer(BoundedPattern.compile("\\s"), SplitPreTokenizer.Behavior.REMOVED, false);
			case "Metaspace" -> MetaspacePreTokenizer.of(node.path("replacement").asString("\u2581"), prefix(node),
					node.path("split").asBoolean(true));
			default -> throw new TokenizerFormatException("the pre-tokenizer \"%s\" is not supported".formatted(type));
		};
	}

	private static PreTokenizer byteLevel(JsonNode node) {
		PreTokenizer split = node.path("use_regex").asBoolean(true)
				? SplitPreTokenizer.isolated(GgufPreTokenizer.GPT2_PATTERN) : PreTokenizer.NONE;
		if (!node.path("add_prefix_space").asBoolean(true)) {
			return split;
		}
		return (text, atStart, pieces) -> split.split(text.startsWith(" ") ? text : " " + text, atStart, pieces);
	}

	private static MetaspacePreTokenizer.Prefix prefix(JsonNode node) {
		String byDefault = node.path("add_prefix_space").asBoolean(true) ? "always" : "never";
		return switch (node.path("prepend_scheme").asString(byDefault)) {
			case "always" -> MetaspacePreTokenizer.Prefix.ALWAYS;
			case "first" -> MetaspacePreTokenizer.Prefix.FIRST;
			default -> MetaspacePreTokenizer.Prefix.NEVER;
		};
	}

	private static SplitPreTokenizer.Behavior behavior(String name) {
		String constant = name.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toUpperCase(Locale.ROOT);
		for (SplitPreTokenizer.Behavior behavior : SplitPreTokenizer.Behavior.values()) {
			if (behavior.name().equals(constant)) {
				return behavior;
			}
		}
		throw new TokenizerFormatException("the split behavior \"%s\" is not supported".formatted(name));
	}

	/**
	 * Reads a pattern: a string to be found as it is, or a regular expression.
	 */
	static BoundedPattern pattern(JsonNode node) {
		if (node.has("String")) {
			return BoundedPattern.literal(node.path("String").asString(""));
		}
		String regex = node.path("Regex").asString("");
		try {
			return BoundedPattern.compile(regex);
		}
		catch (PatternSyntaxException ex) {
			throw new TokenizerFormatException("the pattern %s is not supported: %s".formatted(regex, ex.getMessage()),
					ex);
		}
	}

}
