package io.llmserving.text.template;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Python's {@code format % values}.
 */
final class PercentFormat {

	private final Execution run;

	private final Text format;

	private final String source;

	private final Object values;

	private final List<Object> positional;

	private final TextBuilder out = new TextBuilder();

	private int used;

	private int at;

	private PercentFormat(Execution run, Text format, Object values) {
		this.run = run;
		this.format = format;
		this.source = format.value();
		this.values = values;
		this.positional = (values instanceof Tuple tuple) ? tuple.items() : List.of(values);
	}

	static Text format(Execution run, Text format, Object values) {
		PercentFormat formatter = new PercentFormat(run, format, values);
		formatter.format();
		run.characters(formatter.out.length());
		return formatter.out.build().markup(format.markup());
	}

	private void format() {
		int start = 0;
		for (int found = this.source.indexOf('%'); found >= 0; found = this.source.indexOf('%', start)) {
			this.out.append(this.format, start, found);
			this.at = found + 1;
			conversion();
			start = this.at;
			this.run.fits(this.out.length());
		}
		this.out.append(this.format, start, this.source.length());
		boolean mapping = this.values instanceof Dict;
		if (this.used < this.positional.size() && !mapping && !(this.values instanceof List<?> && this.used == 0)) {
			throw Failure.runtime("not all arguments converted during string formatting");
		}
	}

	private char peek() {
		if (this.at >= this.source.length()) {
			throw Failure.runtime("incomplete format");
		}
		return this.source.charAt(this.at);
	}

	private void conversion() {
		Object named = (peek() == '(') ? named() : null;
		StringBuilder flags = new StringBuilder();
		while ("-+ #0".indexOf(peek()) >= 0) {
			flags.append(this.source.charAt(this.at++));
		}
		int width = number(0);
		int precision = -1;
		if (peek() == '.') {
			this.at++;
			precision = number(0);
		}
		while ("hlL".indexOf(peek()) >= 0) {
			this.at++;
		}
		char type = peek();
		int end = this.at++;
		if (type == '%') {
			this.out.append(this.format, end, end + 1);
			return;
		}
		Object value = (named != null) ? named : next();
		boolean left = flags.indexOf("-") >= 0 || width < 0;
		write(value, type, flags.toString(), left, Math.abs(width), precision);
	}

	private Object named() {
		int depth = 1;
		int start = ++this.at;
		while (depth > 0) {
			char c = peek();
			depth += (c == '(') ? 1 : (c == ')') ? -1 : 0;
			this.at++;
		}
		if (!(this.values instanceof Dict dict)) {
			throw Failure.runtime("format requires a mapping");
		}
		Object value = dict.get(this.source.substring(start, this.at - 1));
		if (value == null) {
			throw Failure.runtime("KeyError: '" + this.source.substring(start, this.at - 1) + "'");
		}
		return value;
	}

	private int number(int missing) {
		if (peek() == '*') {
			this.at++;
			Object value = next();
			if (!Numbers.integral(value)) {
				throw Failure.runtime("* wants int");
			}
			return Numbers.size(value);
		}
		int start = this.at;
		while (Character.isDigit(peek())) {
			this.at++;
		}
		Object number = (this.at > start) ? Numbers.parse(this.source.substring(start, this.at), 10) : null;
		return (number != null) ? Numbers.size(number) : missing;
	}

	private Object next() {
		if (this.used >= this.positional.size()) {
			throw Failure.runtime("not enough arguments for format string");
		}
		return this.positional.get(this.used++);
	}

	private void write(Object value, char type, String flags, boolean left, int width, int precision) {
		this.run.characters(Math.max(width, precision));
		Text text = switch (type) {
			case 's' -> cut(Printer.text(this.run, value), precision);
			case 'r', 'a' -> cut(Printer.represent(this.run, value), precision);
			case 'c' -> character(value);
			default -> null;
		};
		if (text == null) {
			pad(number(value, type, flags, precision), flags, left, width);
			return;
		}
		Text shown = this.format.markup() ? Markup.force(text) : text;
		int missing = Math.max(width - shown.length(), 0);
		this.out.append(" ".repeat(left ? 0 : missing), true);
		this.out.append(shown);
		this.out.append(" ".repeat(left ? missing : 0), true);
	}

	private static Text cut(Text text, int precision) {
		boolean cuts = precision >= 0 && precision < text.length();
		return cuts ? text.substring(0, text.value().offsetByCodePoints(0, precision)) : text;
	}

	private static Text character(Object value) {
		if (value instanceof Text text && text.length() == 1) {
			return text;
		}
		if (!Numbers.integral(value)) {
			throw Failure.runtime("%c requires int or char");
		}
		long code = Numbers.index(value);
		if (code < 0 || code > Character.MAX_CODE_POINT) {
			throw Failure.runtime("%c arg not in range(0x110000)");
		}
		return Text.of(Character.toString((int) code), false);
	}

	/** Returns the sign, the prefix and the digits. */
	private static List<String> number(Object value, char type, String flags, int precision) {
		Object number = Numbers.of(value);
		if (number == null) {
			throw (value instanceof Undefined undefined) ? undefined.failure()
					: Failure.runtime("%" + type + " format: a real number is required, not " + TypeNames.of(value));
		}
		List<String> parts = new ArrayList<>();
		if ("eEfFgG".indexOf(type) >= 0) {
			double real = Numbers.toDouble(number);
			boolean negative = real < 0 || (real == 0 && 1 / real < 0);
			parts.add(sign(negative, flags));
			parts.add("");
			parts.add(Decimals.print(Math.abs(real), type, (precision < 0) ? 6 : precision, flags.contains("#")));
			return parts;
		}
		if ("diuxXo".indexOf(type) < 0) {
			throw Failure.runtime("unsupported format character '" + type + "'");
		}
		if (number instanceof Double real) {
			if ("xXo".indexOf(type) >= 0) {
				throw Failure.runtime("%" + type + " format: an integer is required, not float");
			}
			number = Numbers.whole(real);
		}
		BigInteger integer = Numbers.big(number);
		String digits = integer.abs().toString((type == 'o') ? 8 : (type == 'x' || type == 'X') ? 16 : 10);
		String prefix = flags.contains("#") ? prefix(type) : "";
		parts.add(sign(integer.signum() < 0, flags));
		parts.add(prefix);
		digits = "0".repeat(Math.max(precision - digits.length(), 0)) + digits;
		parts.add((type == 'X') ? digits.toUpperCase(Locale.ROOT) : digits);
		return parts;
	}

	private static String prefix(char type) {
		return switch (type) {
			case 'x' -> "0x";
			case 'X' -> "0X";
			case 'o' -> "0o";
			default -> "";
		};
	}

	private static String sign(boolean negative, String flags) {
		if (negative) {
			return "-";
		}
		return flags.contains("+") ? "+" : flags.contains(" ") ? " " : "";
	}

	private void pad(List<String> parts, String flags, boolean left, int width) {
		String head = parts.get(0) + parts.get(1);
		int missing = Math.max(width - head.length() - parts.get(2).length(), 0);
		boolean zeros = flags.contains("0") && !left && Character.isDigit(parts.get(2).charAt(0));
		String text = zeros ? head + "0".repeat(missing) + parts.get(2)
				: " ".repeat(left ? 0 : missing) + head + parts.get(2) + " ".repeat(left ? missing : 0);
		this.out.append(text, true);
	}

}
