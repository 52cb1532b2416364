package io.llmserving.text.template;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Python's {@code str.format}.
 */
final class BraceFormat {

	private final Execution run;

	private final Arguments arguments;

	private int automatic;

	private BraceFormat(Execution run, Arguments arguments) {
		this.run = run;
		this.arguments = arguments;
	}

	static Object format(Execution run, Text format, Arguments arguments) {
		return new BraceFormat(run, arguments).fill(format, 2).markup(format.markup());
	}

	static Object formatMap(Execution run, Text format, Arguments arguments) {
		if (arguments.positional().size() != 1 || !arguments.named().isEmpty()
				|| !(arguments.positional().getFirst() instanceof Dict dict)) {
			throw Failure.runtime("format_map() takes exactly one mapping");
		}
		Map<String, Object> named = new HashMap<>();
		for (Dict.Entry entry : dict.entries()) {
			if (entry.key() instanceof Text name) {
				named.put(name.value(), entry.value());
			}
		}
		return format(run, format, new Arguments(List.of(), named));
	}

	private Text fill(Text format, int depth) {
		if (depth < 0) {
			throw Failure.runtime("Max string recursion exceeded");
		}
		TextBuilder out = new TextBuilder();
		String source = format.value();
		int at = 0;
		while (at < source.length()) {
			char c = source.charAt(at);
			if (c != '{' && c != '}') {
				out.append(format, at, ++at);
			}
			else if (at + 1 < source.length() && source.charAt(at + 1) == c) {
				out.append(format, at, at + 1);
				at += 2;
			}
			else if (c == '}') {
				throw Failure.runtime("Single '}' encountered in format string");
			}
			else {
				int end = close(source, at + 1);
				Text value = field(format.substring(at + 1, end), depth);
				out.append(format.markup() ? Markup.escape(value) : value);
				this.run.fits(out.length());
				at = end + 1;
			}
		}
		this.run.characters(out.length());
		return out.build();
	}

	private static int close(String source, int from) {
		int depth = 1;
		for (int at = from; at < source.length(); at++) {
			char c = source.charAt(at);
			if (c == '[' && depth == 1 && source.indexOf(']', at) > 0 && source.indexOf(':', from) > at) {
				at = source.indexOf(']', at);
			}
			depth += (c == '{') ? 1 : (c == '}') ? -1 : 0;
			if (depth == 0) {
				return at;
			}
		}
		throw Failure.runtime("expected '}' before end of string");
	}

	private Text field(Text field, int depth) {
		String source = field.value();
		int nameEnd = 0;
		boolean bracket = false;
		while (nameEnd < source.length() && (bracket || ":!".indexOf(source.charAt(nameEnd)) < 0)) {
			char c = source.charAt(nameEnd++);
			bracket = (c == '[') || (bracket && c != ']');
		}
		Object value = look(source.substring(0, nameEnd));
		int at = nameEnd;
		if (at < source.length() && source.charAt(at) == '!') {
			value = convert(value, (at + 1 < source.length()) ? source.charAt(at + 1) : ' ');
			at += 2;
			if (at < source.length() && source.charAt(at) != ':') {
				throw Failure.runtime("expected ':' after conversion specifier");
			}
		}
		String specification = (at < source.length())
				? fill(field.substring(at + 1, source.length()), depth - 1).value() : "";
		return FormatSpec.format(this.run, value, specification);
	}

	private Object convert(Object value, char conversion) {
		return switch (conversion) {
			case 's' -> Printer.text(this.run, value);
			case 'r', 'a' -> Printer.represent(this.run, value);
			default -> throw Failure.runtime("Unknown conversion specifier " + conversion);
		};
	}

	private Object look(String name) {
		int end = 0;
		while (end < name.length() && ".[".indexOf(name.charAt(end)) < 0) {
			end++;
		}
		Object value = first(name.substring(0, end));
		while (end < name.length()) {
			int next = end + 1;
			if (name.charAt(end) == '[') {
				next = name.indexOf(']', end);
				if (next < 0) {
					throw Failure.runtime("Missing ']' in format string");
				}
				String index = name.substring(end + 1, next++);
				Object number = Numbers.parse(index, 10);
				value = Members.item(value, (number != null) ? number : Text.trusted(index));
			}
			else {
				while (next < name.length() && ".[".indexOf(name.charAt(next)) < 0) {
					next++;
				}
				value = Members.attribute(value, name.substring(end + 1, next));
			}
			end = next;
		}
		return value;
	}

	private Object first(String name) {
		Object number = name.isEmpty() ? null : Numbers.parse(name, 10);
		if (name.isEmpty() || number != null) {
			long index = (number != null) ? Numbers.index(number) : this.automatic++;
			if (index >= this.arguments.positional().size()) {
				throw Failure.runtime("Replacement index " + index + " out of range for positional args tuple");
			}
			return this.arguments.positional().get((int) index);
		}
		Object value = this.arguments.named().get(name);
		if (value == null) {
			throw Failure.runtime("KeyError: '" + name + "'");
		}
		return value;
	}

}
