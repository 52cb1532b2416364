package io.llmserving.text.template;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * The methods of Python's strings.
 */
final class TextMethods {

	private static final Map<String, Body> METHODS = new HashMap<>();

	private static final Parameters SPLIT = new Parameters("split", 0, "sep", "maxsplit");

	private static final Parameters LINES = new Parameters("splitlines", 0, "keepends");

	private static final Parameters REPLACE = new Parameters("replace", 2, "old", "new", "count");

	private static final Parameters TABS = new Parameters("expandtabs", 0, "tabsize");

	static {
		add("upper", 0, 0, (_, text, _) -> CaseMapping.upper(text));
		add("lower", 0, 0, (_, text, _) -> CaseMapping.lower(text));
		add("casefold", 0, 0, (_, text, _) -> CaseMapping.casefold(text));
		add("capitalize", 0, 0, (_, text, _) -> CaseMapping.capitalize(text));
		add("title", 0, 0, (_, text, _) -> CaseMapping.title(text));
		add("swapcase", 0, 0, (_, text, _) -> CaseMapping.swap(text));
		add("strip", 0, 1, (_, text, given) -> TextSplitting.strip(text, optional(given, 0), true, true));
		add("lstrip", 0, 1, (_, text, given) -> TextSplitting.strip(text, optional(given, 0), true, false));
		add("rstrip", 0, 1, (_, text, given) -> TextSplitting.strip(text, optional(given, 0), false, true));
		add("removeprefix", 1, 1, (_, text, given) -> removePrefix(text, string(given[0])));
		add("removesuffix", 1, 1, (_, text, given) -> removeSuffix(text, string(given[0])));
		add("partition", 1, 1, (_, text, given) -> TextSplitting.partition(text, string(given[0]), false));
		add("rpartition", 1, 1, (_, text, given) -> TextSplitting.partition(text, string(given[0]), true));
		add("join", 1, 1, (run, text, given) -> join(run, text, given[0]));
		add("center", 1, 2, (run, text, given) -> Padding.center(run, text, given[0], optional(given, 1)));
		add("ljust", 1, 2, (run, text, given) -> Padding.left(run, text, given[0], optional(given, 1)));
		add("rjust", 1, 2, (run, text, given) -> Padding.right(run, text, given[0], optional(given, 1)));
		add("zfill", 1, 1, (run, text, given) -> Padding.zeros(run, text, given[0]));
		METHODS.put("split", (run, text, arguments) -> {
			@Nullable Object[] given = SPLIT.bind(arguments);
			return TextSplitting.split(run, text, given[0], limit(given[1]));
		});
		METHODS.put("rsplit", (run, text, arguments) -> {
			@Nullable Object[] given = SPLIT.bind(arguments);
			return TextSplitting.splitFromRight(run, text, given[0], limit(given[1]));
		});
		METHODS.put("splitlines", (_, text, arguments) -> {
			Object keep = LINES.bind(arguments)[0];
			return TextSplitting.lines(text, keep != null && Truth.of(keep));
		});
		METHODS.put("replace", (run, text, arguments) -> {
			Object[] given = REPLACE.bindPositional(arguments);
			Text replacement = text.markup() ? Markup.escape(string(given[1])) : string(given[1]);
			return TextSplitting.replace(run, text, string(given[0]), replacement, limit(optional(given, 2)));
		});
		METHODS.put("expandtabs", (run, text, arguments) -> Padding.tabs(run, text, TABS.bind(arguments)[0]));
		METHODS.put("format", BraceFormat::format);
		METHODS.put("format_map", BraceFormat::formatMap);
	}

	private TextMethods() {
	}

	static @Nullable Object find(Text text, String name) {
		Body body = METHODS.get(name);
		body = (body != null) ? body : TextSearch.METHODS.get(name);
		body = (body != null) ? body : TextClasses.METHODS.get(name);
		Body found = body;
		return (found != null) ? new Method(name, (run, arguments) -> found.call(run, text, arguments)) : null;
	}

	private static void add(String name, int required, int maximum, Positional body) {
		METHODS.put(name, positional(name, required, maximum, body));
	}

	/** Makes a method that takes arguments by position alone. */
	static Body positional(String name, int required, int maximum, Positional body) {
		String[] names = List.of("first", "second", "third").subList(0, maximum).toArray(String[]::new);
		Parameters parameters = new Parameters(name, required, names);
		return (run, text, arguments) -> body.call(run, text, parameters.bindPositional(arguments));
	}

	static @Nullable Object optional(Object[] given, int index) {
		return (index < given.length) ? given[index] : null;
	}

	static Text string(Object value) {
		return switch (value) {
			case Text text -> text;
			case Undefined undefined -> throw undefined.failure();
			default -> throw Failure.runtime("must be str, not " + TypeNames.of(value));
		};
	}

	private static long limit(@Nullable Object limit) {
		return (limit != null) ? Numbers.index(limit) : -1;
	}

	private static Text removePrefix(Text text, Text prefix) {
		return text.value().startsWith(prefix.value()) ? text.substring(prefix.value().length(), text.value().length())
				: text;
	}

	private static Text removeSuffix(Text text, Text suffix) {
		return text.value().endsWith(suffix.value())
				? text.substring(0, text.value().length() - suffix.value().length()) : text;
	}

	private static Text join(Execution run, Text separator, Object items) {
		TextBuilder result = new TextBuilder();
		boolean first = true;
		for (Object item : Iteration.list(run, items)) {
			if (!(item instanceof Text text)) {
				throw Failure.runtime("sequence item: expected str instance, " + TypeNames.of(item) + " found");
			}
			result.append(first ? Text.EMPTY : separator).append(separator.markup() ? Markup.escape(text) : text);
			run.fits(result.length());
			first = false;
		}
		run.characters(result.length());
		return result.build().markup(separator.markup());
	}

	/** What a method does. */
	@FunctionalInterface
	interface Body {

		Object call(Execution run, Text text, Arguments arguments);

	}

	/** What a method does with arguments by position. */
	@FunctionalInterface
	interface Positional {

		Object call(Execution run, Text text, Object[] given);

	}

}
