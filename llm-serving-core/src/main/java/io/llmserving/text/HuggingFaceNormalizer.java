package io.llmserving.text;

import java.text.Normalizer.Form;
import java.util.Locale;

import tools.jackson.databind.JsonNode;

/**
 * Reads the {@code normalizer} of a {@code tokenizer.json}.
 */
final class HuggingFaceNormalizer {

	private HuggingFaceNormalizer() {
	}

	static Normalizer of(JsonNode node) {
		if (node.isMissingNode() || node.isNull()) {
			return Normalizer.NONE;
		}
		String type = node.path("type").asString("");
		return switch (type) {
			case "Sequence" ->
				Normalizer.sequence(node.path("normalizers").values().stream().map(HuggingFaceNormalizer::of).toList());
			case "NFC" -> Normalizer.unicode(Form.NFC);
			case "NFD" -> Normalizer.unicode(Form.NFD);
			case "NFKC" -> Normalizer.unicode(Form.NFKC);
			case "NFKD" -> Normalizer.unicode(Form.NFKD);
			case "Lowercase" -> (text) -> text.toLowerCase(Locale.ROOT);
			case "Prepend" -> Normalizer.prepend(inserted(node.path("prepend")));
			case "Replace" -> replace(node.path("pattern"), inserted(node.path("content")));
			case "Strip" -> strip(node.path("strip_left").asBoolean(true), node.path("strip_right").asBoolean(true));
			default -> throw new TokenizerFormatException("the normalizer \"%s\" is not supported".formatted(type));
		};
	}

	private static Normalizer replace(JsonNode pattern, String content) {
		if (pattern.has("String")) {
			return Normalizer.replace(pattern.path("String").asString(""), content);
		}
		BoundedPattern compiled = HuggingFacePreTokenizer.pattern(pattern);
		return (text) -> compiled.replaceAll(text, content);
	}

	private static String inserted(JsonNode node) {
		String text = node.asString("");
		if (text.length() > Normalizer.MOST_GROWTH) {
			throw new TokenizerFormatException(
					"a normalizer that inserts %d characters at once is not supported".formatted(text.length()));
		}
		return text;
	}

	private static Normalizer strip(boolean left, boolean right) {
		return (text) -> {
			int start = 0;
			int end = text.length();
			while (left && start < end && AddedTokens.isSpace(text.charAt(start))) {
				start++;
			}
			while (right && start < end && AddedTokens.isSpace(text.charAt(end - 1))) {
				end--;
			}
			return text.substring(start, end);
		};
	}

}
