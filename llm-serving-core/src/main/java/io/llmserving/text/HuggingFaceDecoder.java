package io.llmserving.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import tools.jackson.databind.JsonNode;

/**
 * The {@code decoder} of a {@code tokenizer.json}, as far as it concerns tokens one by
 * one.
 *
 * @param byteLevel whether tokens are spelled in the byte alphabet
 * @param byteFallback whether tokens such as {@code <0x0A>} are bytes
 * @param replacements what is replaced in a token's text, in order
 * @param leadingSpace whether the space before the whole text goes
 */
record HuggingFaceDecoder(boolean byteLevel, boolean byteFallback, List<Replacement> replacements,
		boolean leadingSpace) {

	/**
	 * Something replaced by something.
	 */
	record Replacement(String from, String to) {
	}

	static HuggingFaceDecoder of(JsonNode node) {
		Builder builder = new Builder();
		builder.add(node);
		return new HuggingFaceDecoder(builder.byteLevel, builder.byteFallback, List.copyOf(builder.replacements),
				builder.leadingSpace);
	}

	/**
	 * Returns what a token of the vocabulary stands for.
	 */
	byte[] bytes(String token) {
		if (this.byteLevel) {
			return ByteAlphabet.bytes(token);
		}
		int value = this.byteFallback ? ByteTokens.value(token) : -1;
		if (value >= 0) {
			return new byte[] { (byte) value };
		}
		String text = token;
		for (Replacement replacement : this.replacements) {
			text = text.replace(replacement.from, replacement.to);
		}
		return text.getBytes(StandardCharsets.UTF_8);
	}

	/**
	 * Gathers the steps of a decoder.
	 */
	private static final class Builder {

		private boolean byteLevel;

		private boolean byteFallback;

		private final List<Replacement> replacements = new ArrayList<>();

		private boolean leadingSpace;

		private void add(JsonNode node) {
			String type = node.path("type").asString("none");
			switch (type) {
				case "Sequence" -> node.path("decoders").values().forEach(this::add);
				case "ByteLevel" -> this.byteLevel = true;
				case "ByteFallback" -> this.byteFallback = true;
				case "Fuse", "none" -> {
				}
				case "Replace" ->
					this.replacements.add(new Replacement(node.path("pattern").path("String").asString(""),
							node.path("content").asString("")));
				case "Strip" -> strip(node);
				case "Metaspace" -> {
					this.replacements.add(new Replacement(node.path("replacement").asString("\u2581"), " "));
					this.leadingSpace = !node.path("prepend_scheme").asString("always").equals("never");
				}
				default -> throw new TokenizerFormatException("the decoder \"%s\" is not supported".formatted(type));
			}
		}

		private void strip(JsonNode node) {
			boolean oneSpace = node.path("content").asString("").equals(" ") && node.path("start").asInt(0) <= 1
					&& node.path("stop").asInt(0) == 0;
			if (!oneSpace) {
				throw new TokenizerFormatException("the decoder %s is not supported".formatted(node));
			}
			this.leadingSpace = node.path("start").asInt(0) == 1;
		}

	}

}
