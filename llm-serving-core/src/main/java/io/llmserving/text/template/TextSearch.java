package io.llmserving.text.template;

import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * The methods of Python's strings that look for a part.
 */
final class TextSearch {

	static final Map<String, TextMethods.Body> METHODS = Map.of("find", search("find", false, false), "rfind",
			search("rfind", true, false), "index", search("index", false, true), "rindex", search("rindex", true, true),
			"count", TextMethods.positional("count", 1, 3, TextSearch::count), "startswith", affix("startswith", false),
			"endswith", affix("endswith", true));

	private TextSearch() {
	}

	private static TextMethods.Body search(String name, boolean last, boolean required) {
		return TextMethods.positional(name, 1, 3, (_, text, given) -> {
			String part = TextMethods.string(given[0]).value();
			Window window = Window.of(text, given);
			int found = -1;
			if (window.from() <= window.to()) {
				String value = text.value().substring(window.from(), window.to());
				found = last ? value.lastIndexOf(part) : value.indexOf(part);
			}
			if (found >= 0) {
				return (long) text.value().codePointCount(0, window.from() + found);
			}
			if (required) {
				throw Failure.runtime("substring not found");
			}
			return -1L;
		});
	}

	private static Object count(Execution run, Text text, Object[] given) {
		String part = TextMethods.string(given[0]).value();
		Window window = Window.of(text, given);
		if (window.from() > window.to()) {
			return 0L;
		}
		String value = text.value().substring(window.from(), window.to());
		run.steps(value.length() / 16);
		if (part.isEmpty()) {
			return value.codePointCount(0, value.length()) + 1L;
		}
		long count = 0;
		for (int found = value.indexOf(part); found >= 0; found = value.indexOf(part, found + part.length())) {
			count++;
		}
		return count;
	}

	private static TextMethods.Body affix(String name, boolean end) {
		return TextMethods.positional(name, 1, 3, (_, text, given) -> {
			Window window = Window.of(text, given);
			List<Object> candidates = (given[0] instanceof Tuple tuple) ? tuple.items() : List.of(given[0]);
			boolean found = false;
			for (Object candidate : candidates) {
				String part = TextMethods.string(candidate).value();
				if (!found && window.from() <= window.to()) {
					String value = text.value().substring(window.from(), window.to());
					found = end ? value.endsWith(part) : value.startsWith(part);
				}
			}
			return found;
		});
	}

	/** The part of a string that is looked at, in UTF-16 positions. */
	private record Window(int from, int to) {

		static Window of(Text text, Object[] given) {
			int length = text.length();
			long from = bound(TextMethods.optional(given, 1), 0, length);
			long to = Math.min(bound(TextMethods.optional(given, 2), length, length), length);
			if (from > length || from > to) {
				return new Window(1, 0);
			}
			String value = text.value();
			return new Window(value.offsetByCodePoints(0, (int) from), value.offsetByCodePoints(0, (int) to));
		}

		private static long bound(@Nullable Object value, int missing, int length) {
			if (value == null || value == None.NONE) {
				return missing;
			}
			long at = Numbers.index(value);
			return (at < 0) ? Math.max(at + length, 0) : at;
		}

	}

}
