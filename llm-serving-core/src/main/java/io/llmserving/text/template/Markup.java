package io.llmserving.text.template;

import org.jspecify.annotations.Nullable;

/**
 * Escaping of HTML, as markupsafe does it where a template marks a string as safe.
 */
final class Markup {

	private Markup() {
	}

	/** Returns a string with its special characters escaped, unless it is markup. */
	static Text escape(Text text) {
		return text.markup() ? text : force(text);
	}

	/** Returns a string with its special characters escaped. */
	static Text force(Text text) {
		TextBuilder result = new TextBuilder();
		String value = text.value();
		int start = 0;
		for (int index = 0; index < value.length(); index++) {
			String entity = entity(value.charAt(index));
			if (entity != null) {
				result.append(text, start, index).append(entity, text.trusted());
				start = index + 1;
			}
		}
		return result.append(text, start, value.length()).build().markup(true);
	}

	private static @Nullable String entity(char c) {
		return switch (c) {
			case '&' -> "&amp;";
			case '<' -> "&lt;";
			case '>' -> "&gt;";
			case '\'' -> "&#39;";
			case '"' -> "&#34;";
			default -> null;
		};
	}

}
