package io.llmserving.text.template;

import org.jspecify.annotations.Nullable;

/**
 * Filling strings up to a width.
 */
final class Padding {

	private Padding() {
	}

	static Text center(Execution run, Text text, Object width, @Nullable Object fill) {
		int missing = missing(text, width);
		int left = missing / 2 + (missing & Numbers.size(width) & 1);
		return pad(run, text, left, missing - left, fill);
	}

	static Text left(Execution run, Text text, Object width, @Nullable Object fill) {
		return pad(run, text, 0, missing(text, width), fill);
	}

	static Text right(Execution run, Text text, Object width, @Nullable Object fill) {
		return pad(run, text, missing(text, width), 0, fill);
	}

	private static int missing(Text text, Object width) {
		return Math.max(Numbers.size(width) - text.length(), 0);
	}

	private static Text pad(Execution run, Text text, int left, int right, @Nullable Object fill) {
		Text filler = (fill != null) ? TextMethods.string(fill) : Text.trusted(" ");
		if (filler.length() != 1) {
			throw Failure.runtime("The fill character must be exactly one character long");
		}
		run.characters(2L * (left + (long) right) + text.value().length());
		TextBuilder result = new TextBuilder();
		result.append(filler.value().repeat(left), filler.trusted());
		result.append(text);
		result.append(filler.value().repeat(right), filler.trusted());
		return result.build().markup(text.markup());
	}

	static Text zeros(Execution run, Text text, Object width) {
		int missing = missing(text, width);
		run.characters(missing + (long) text.value().length());
		boolean signed = text.value().startsWith("+") || text.value().startsWith("-");
		int sign = signed ? 1 : 0;
		return new TextBuilder().append(text, 0, sign)
			.append("0".repeat(missing), true)
			.append(text, sign, text.value().length())
			.build()
			.markup(text.markup());
	}

	static Text tabs(Execution run, Text text, @Nullable Object size) {
		int width = (size != null) ? Numbers.size(size) : 8;
		TextBuilder result = new TextBuilder();
		String value = text.value();
		int column = 0;
		for (int at = 0; at < value.length();) {
			int next = value.offsetByCodePoints(at, 1);
			char c = value.charAt(at);
			if (c == '\t') {
				int spaces = (width > 0) ? width - column % width : 0;
				run.fits(result.length() + (long) spaces);
				result.append(" ".repeat(spaces), true);
				column += spaces;
			}
			else {
				result.append(text, at, next);
				column = (c == '\n' || c == '\r') ? 0 : column + 1;
			}
			at = next;
		}
		run.characters(result.length());
		return result.build().markup(text.markup());
	}

}
