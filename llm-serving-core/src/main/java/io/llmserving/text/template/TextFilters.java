package io.llmserving.text.template;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

import org.jspecify.annotations.Nullable;

/**
 * Filters that make texts.
 */
final class TextFilters {

	private static final Parameters NOTHING = new Parameters("filter", 0);

	private static final Parameters TRIM = new Parameters("trim", 0, "chars");

	private static final Parameters REPLACE = new Parameters("replace", 2, "old", "new", "count");

	private static final Parameters INDENT = new Parameters("indent", 0, "width", "first", "blank");

	private static final Parameters CENTER = new Parameters("center", 0, "width");

	private static final Parameters TRUNCATE = new Parameters("truncate", 0, "length", "killwords", "end", "leeway");

	private TextFilters() {
	}

	static void register(Map<String, Filters.Filter> filters) {
		filters.put("upper", plain(CaseMapping::upper));
		filters.put("lower", plain(CaseMapping::lower));
		filters.put("capitalize", plain(CaseMapping::capitalize));
		filters.put("title", plain(CaseMapping::titleWords));
		filters.put("string", plain((text) -> text));
		filters.put("safe", (run, value, given) -> bare(given, soft(run, value)).markup(true));
		filters.put("escape", (run, value, given) -> Markup.escape(bare(given, soft(run, value))));
		filters.put("e", (run, value, given) -> Markup.escape(bare(given, soft(run, value))));
		filters.put("forceescape", (run, value, given) -> Markup.force(bare(given, soft(run, value))));
		filters.put("trim",
				(run, value, given) -> TextSplitting.strip(soft(run, value), TRIM.bind(given)[0], true, true));
		filters.put("replace", TextFilters::replace);
		filters.put("indent", TextFilters::indent);
		filters.put("format", TextFilters::format);
		filters.put("center", TextFilters::center);
		filters.put("truncate", TextFilters::truncate);
		filters.put("wordcount", (run, value, _) -> words(soft(run, value).value()));
		filters.put("urlencode", (run, value, _) -> encode(soft(run, value)));
	}

	private static Filters.Filter plain(UnaryOperator<Text> change) {
		return (run, value, given) -> {
			Text text = bare(given, soft(run, value));
			run.characters(text.value().length());
			return change.apply(text);
		};
	}

	private static Text bare(Arguments given, Text text) {
		NOTHING.bind(given);
		return text;
	}

	/** Returns a text as it is, and another value printed. */
	static Text soft(Execution run, Object value) {
		return (value instanceof Text text) ? text : Printer.text(run, value);
	}

	private static Object replace(Execution run, Object value, Arguments given) {
		@Nullable Object[] bound = REPLACE.bind(given);
		long limit = (bound[2] == null || bound[2] == None.NONE) ? -1 : Numbers.index(bound[2]);
		return TextSplitting.replace(run, Printer.text(run, value), Printer.text(run, given(bound, 0)),
				Printer.text(run, given(bound, 1)), limit);
	}

	private static Object given(@Nullable Object[] bound, int index) {
		Object value = bound[index];
		return (value != null) ? value : None.NONE;
	}

	private static Object indent(Execution run, Object value, Arguments given) {
		@Nullable Object[] bound = INDENT.bind(given);
		if (!(value instanceof Text text)) {
			throw (value instanceof Undefined undefined) ? undefined.failure()
					: Failure.runtime("indent needs a string, not " + TypeNames.of(value));
		}
		Text indentation = (bound[0] instanceof Text custom) ? custom
				: Text.trusted(" ".repeat(Math.clamp((bound[0] != null) ? Numbers.size(bound[0]) : 4, 0, 10_000)));
		boolean first = bound[1] != null && Truth.of(bound[1]);
		boolean blank = bound[2] != null && Truth.of(bound[2]);
		List<Object> lines = TextSplitting.lines(new TextBuilder().append(text).append("\n", true).build(), false);
		TextBuilder result = new TextBuilder();
		result.append(first ? indentation : Text.EMPTY);
		for (int index = 0; index < lines.size(); index++) {
			Text line = (Text) lines.get(index);
			if (index > 0) {
				result.append("\n", text.trusted()).append((blank || !line.isEmpty()) ? indentation : Text.EMPTY);
			}
			result.append(line);
			run.fits(result.length());
		}
		run.characters(result.length());
		return result.build().markup(text.markup());
	}

	private static Object format(Execution run, Object value, Arguments given) {
		if (!given.named().isEmpty() && !given.positional().isEmpty()) {
			throw Failure.runtime("can't handle positional and keyword arguments at the same time");
		}
		Object values = new Tuple(given.positional());
		if (!given.named().isEmpty()) {
			Dict named = new Dict();
			given.named().forEach((name, argument) -> named.put(Text.of(name, false), argument));
			values = named;
		}
		return PercentFormat.format(run, soft(run, value), values);
	}

	private static Object center(Execution run, Object value, Arguments given) {
		Object width = CENTER.bind(given)[0];
		return Padding.center(run, soft(run, value), (width != null) ? width : 80L, null);
	}

	private static Object truncate(Execution run, Object value, Arguments given) {
		@Nullable Object[] bound = TRUNCATE.bind(given);
		Text text = TextMethods.string(value);
		int length = (bound[0] != null) ? Numbers.size(bound[0]) : 255;
		Text end = (bound[2] != null) ? TextMethods.string(bound[2]) : Text.trusted("...");
		int leeway = (bound[3] == null || bound[3] == None.NONE) ? 5 : Numbers.size(bound[3]);
		if (length < end.length() || leeway < 0) {
			throw Failure.runtime("expected length >= " + end.length() + " and leeway >= 0");
		}
		if (text.length() <= length + (long) leeway) {
			return text;
		}
		Text start = (Text) Slices.slice(run, text, None.NONE, (long) length - end.length(), None.NONE);
		if (bound[1] == null || !Truth.of(bound[1])) {
			start = (Text) TextSplitting.splitFromRight(run, start, Text.trusted(" "), 1).getFirst();
		}
		return Operators.add(run, start, end);
	}

	private static Object words(String text) {
		long count = 0;
		boolean inside = false;
		for (int c : text.codePoints().toArray()) {
			boolean word = TextClasses.alphanumeric(c) || c == '_';
			count += (word && !inside) ? 1 : 0;
			inside = word;
		}
		return count;
	}

	private static Object encode(Text text) {
		StringBuilder result = new StringBuilder();
		for (byte unit : text.value().getBytes(StandardCharsets.UTF_8)) {
			boolean plain = (unit >= 'a' && unit <= 'z') || (unit >= 'A' && unit <= 'Z') || (unit >= '0' && unit <= '9')
					|| "_.-~/".indexOf(unit) >= 0;
			result.append(plain ? String.valueOf((char) unit) : "%%%02X".formatted(unit));
		}
		return Text.of(result.toString(), text.trusted());
	}

}
