package io.llmserving.text.template;

import java.util.Locale;
import java.util.function.UnaryOperator;

/**
 * Python's changes of case.
 */
final class CaseMapping {

	private CaseMapping() {
	}

	static Text upper(Text text) {
		return map(text, (value) -> value.toUpperCase(Locale.ROOT));
	}

	static Text lower(Text text) {
		return map(text, (value) -> value.toLowerCase(Locale.ROOT));
	}

	static Text casefold(Text text) {
		return map(text, (value) -> {
			StringBuilder result = new StringBuilder(value.length());
			value.codePoints().forEach((c) -> result.append(folded(c)));
			return result.toString();
		});
	}

	/** Folds as Unicode does: dotless i stays, and Cherokee goes to upper case. */
	private static String folded(int c) {
		String one = Character.toString(c);
		boolean cherokee = (c >= 0x13A0 && c <= 0x13FD) || (c >= 0xAB70 && c <= 0xABBF);
		return switch (c) {
			case 'ı' -> one;
			case 'ß', 'ẞ' -> "ss";
			case 'ς' -> "σ";
			default -> cherokee ? one.toUpperCase(Locale.ROOT)
					: one.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT).replace('ς', 'σ');
		};
	}

	static Text swap(Text text) {
		return map(text, (value) -> {
			StringBuilder result = new StringBuilder(value.length());
			value.codePoints().forEach((c) -> {
				String one = Character.toString(c);
				result.append(Character.isUpperCase(c) ? one.toLowerCase(Locale.ROOT)
						: Character.isLowerCase(c) ? one.toUpperCase(Locale.ROOT) : one);
			});
			return result.toString();
		});
	}

	/** The first character in title case, the others in lower case. */
	static Text capitalize(Text text) {
		if (text.isEmpty()) {
			return text;
		}
		int first = text.value().offsetByCodePoints(0, 1);
		return new TextBuilder().append(map(text.substring(0, first), CaseMapping::titleCase))
			.append(lower(text.substring(first, text.value().length())))
			.build()
			.markup(text.markup());
	}

	/** {@code str.title}: every letter after something that is no letter. */
	static Text title(Text text) {
		return map(text, (value) -> {
			StringBuilder result = new StringBuilder(value.length());
			boolean[] inWord = { false };
			value.codePoints().forEach((c) -> {
				String one = Character.toString(c);
				result.append(inWord[0] ? one.toLowerCase(Locale.ROOT) : titleCase(one));
				inWord[0] = Characters.cased(c);
			});
			return result.toString();
		});
	}

	/** The filter {@code title}: the first character of every word. */
	static Text titleWords(Text text) {
		TextBuilder result = new TextBuilder();
		String value = text.value();
		int start = 0;
		while (start < value.length()) {
			boolean border = border(value.charAt(start));
			int end = start + 1;
			while (end < value.length() && border(value.charAt(end)) == border) {
				end++;
			}
			int first = value.offsetByCodePoints(start, 1);
			result.append(upper(text.substring(start, first))).append(lower(text.substring(first, end)));
			start = end;
		}
		return result.build().markup(false);
	}

	private static boolean border(char c) {
		return Characters.space(c) || "-({[<".indexOf(c) >= 0;
	}

	private static String titleCase(String one) {
		int c = one.codePointAt(0);
		int title = Character.toTitleCase(c);
		String upper = one.toUpperCase(Locale.ROOT);
		if (title != c || Character.isTitleCase(c) || upper.codePointCount(0, upper.length()) == 1) {
			return Character.toString(title);
		}
		int first = upper.offsetByCodePoints(0, 1);
		boolean cased = Characters.cased(upper.codePointAt(0));
		return cased ? upper.substring(0, first) + upper.substring(first).toLowerCase(Locale.ROOT) : upper;
	}

	/**
	 * Maps parts of different trust one by one where that gives the same as mapping all
	 * at once; otherwise nothing stays trusted.
	 */
	private static Text map(Text text, UnaryOperator<String> change) {
		String whole = change.apply(text.value());
		if (text.uniform()) {
			return text.with(whole);
		}
		TextBuilder parts = new TextBuilder();
		for (Rendering.Segment segment : Rendering.of(text).segments()) {
			parts.append(change.apply(text.value().substring(segment.start(), segment.end())), segment.trusted());
		}
		Text result = parts.build();
		return (result.value().equals(whole) ? result : Text.of(whole, false)).markup(text.markup());
	}

}
