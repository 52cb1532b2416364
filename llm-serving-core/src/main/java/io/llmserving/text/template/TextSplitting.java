package io.llmserving.text.template;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Python's ways to take strings apart and trim them.
 */
final class TextSplitting {

	private TextSplitting() {
	}

	/** Strips white space, or any of some characters, from either side. */
	static Text strip(Text text, @Nullable Object characters, boolean left, boolean right) {
		String set = optional(characters);
		String value = text.value();
		int start = 0;
		int end = value.length();
		while (left && start < end && strips(value.codePointAt(start), set)) {
			start += Character.charCount(value.codePointAt(start));
		}
		while (right && end > start && strips(value.codePointBefore(end), set)) {
			end -= Character.charCount(value.codePointBefore(end));
		}
		return text.substring(start, end);
	}

	private static boolean strips(int c, @Nullable String set) {
		return (set == null) ? Characters.space(c) : set.indexOf(c) >= 0;
	}

	private static @Nullable String optional(@Nullable Object argument) {
		return switch (argument) {
			case null -> null;
			case None _ -> null;
			case Text text -> text.value();
			case Undefined undefined -> throw undefined.failure();
			default -> throw Failure.runtime("must be str or None, not " + TypeNames.of(argument));
		};
	}

	static List<Object> split(Execution run, Text text, @Nullable Object separator, long limit) {
		String by = optional(separator);
		long most = (limit < 0) ? Long.MAX_VALUE : limit;
		run.steps(text.value().length() / 16);
		if (by == null) {
			return words(text, most);
		}
		check(by);
		List<Object> parts = new ArrayList<>();
		int start = 0;
		int found = text.value().indexOf(by);
		while (found >= 0 && parts.size() < most) {
			parts.add(text.substring(start, found));
			start = found + by.length();
			found = text.value().indexOf(by, start);
		}
		parts.add(text.substring(start, text.value().length()));
		return parts;
	}

	private static void check(String separator) {
		if (separator.isEmpty()) {
			throw Failure.runtime("empty separator");
		}
	}

	private static List<Object> words(Text text, long most) {
		List<Object> parts = new ArrayList<>();
		String value = text.value();
		int at = Characters.skipSpace(value, 0);
		while (at < value.length()) {
			if (parts.size() >= most) {
				parts.add(text.substring(at, Characters.trimEnd(value, at, value.length())));
				break;
			}
			int end = at;
			while (end < value.length() && !Characters.space(value.charAt(end))) {
				end++;
			}
			parts.add(text.substring(at, end));
			at = Characters.skipSpace(value, end);
		}
		return parts;
	}

	static List<Object> splitFromRight(Execution run, Text text, @Nullable Object separator, long limit) {
		String by = optional(separator);
		long most = (limit < 0) ? Long.MAX_VALUE : limit;
		run.steps(text.value().length() / 16);
		if (by == null) {
			return wordsFromRight(text, most);
		}
		check(by);
		List<Object> parts = new ArrayList<>();
		int end = text.value().length();
		int found = text.value().lastIndexOf(by);
		while (found >= 0 && parts.size() < most) {
			parts.addFirst(text.substring(found + by.length(), end));
			end = found;
			found = (found < by.length()) ? -1 : text.value().lastIndexOf(by, found - by.length());
		}
		parts.addFirst(text.substring(0, end));
		return parts;
	}

	private static List<Object> wordsFromRight(Text text, long most) {
		List<Object> parts = new ArrayList<>();
		String value = text.value();
		int end = Characters.trimEnd(value, 0, value.length());
		while (end > 0) {
			if (parts.size() >= most) {
				parts.addFirst(text.substring(0, end));
				break;
			}
			int start = end;
			while (start > 0 && !Characters.space(value.charAt(start - 1))) {
				start--;
			}
			parts.addFirst(text.substring(start, end));
			end = Characters.trimEnd(value, 0, start);
		}
		return parts;
	}

	static List<Object> lines(Text text, boolean keepEnds) {
		List<Object> lines = new ArrayList<>();
		String value = text.value();
		int start = 0;
		while (start < value.length()) {
			int end = start;
			while (end < value.length() && !Characters.lineEnd(value.charAt(end))) {
				end++;
			}
			int next = Math.min(end + (value.startsWith("\r\n", end) ? 2 : 1), value.length());
			lines.add(text.substring(start, keepEnds ? next : end));
			start = next;
		}
		return lines;
	}

	/** Splits in three at the first or last separator. */
	static Tuple partition(Text text, Object separator, boolean last) {
		String by = optional(separator);
		if (by == null || by.isEmpty()) {
			throw Failure.runtime("empty separator");
		}
		int found = last ? text.value().lastIndexOf(by) : text.value().indexOf(by);
		if (found < 0) {
			return last ? Tuple.of(Text.EMPTY, Text.EMPTY, text) : Tuple.of(text, Text.EMPTY, Text.EMPTY);
		}
		int end = found + by.length();
		return Tuple.of(text.substring(0, found), text.substring(found, end),
				text.substring(end, text.value().length()));
	}

	/**
	 * Replaces a part wherever it occurs, at most some times if the limit is not
	 * negative.
	 */
	static Text replace(Execution run, Text text, Text old, Text replacement, long limit) {
		long most = (limit < 0) ? Long.MAX_VALUE : limit;
		String value = text.value();
		String part = old.value();
		TextBuilder result = new TextBuilder();
		run.steps(value.length() / 16);
		int start = 0;
		int found = value.indexOf(part);
		for (long count = 0; found >= 0 && count < most; count++) {
			result.append(text, start, found).append(replacement);
			run.fits(result.length());
			start = found;
			if (!part.isEmpty()) {
				start = found + part.length();
				found = value.indexOf(part, start);
			}
			else {
				found = (found < value.length()) ? value.offsetByCodePoints(found, 1) : -1;
			}
		}
		result.append(text, start, value.length());
		run.characters(result.length());
		return result.build().markup(text.markup());
	}

}
