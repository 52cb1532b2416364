package io.llmserving.text.template;

import java.math.BigInteger;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Python's format specifications for strings and numbers.
 */
final class FormatSpec {

	private static final Pattern SYNTAX = Pattern
		.compile("(?:(.)?([<>=^]))?([-+ ])?(#)?(0)?(\\d{1,6})?([,_])?(?:\\.(\\d{1,4}))?([a-zA-Z%])?", Pattern.DOTALL);

	private final Execution run;

	private final Matcher parts;

	private FormatSpec(Execution run, Matcher parts) {
		this.run = run;
		this.parts = parts;
	}

	static Text format(Execution run, Object value, String specification) {
		if (specification.isEmpty()) {
			return Printer.text(run, value);
		}
		Matcher parts = SYNTAX.matcher(specification);
		if (!parts.matches()) {
			throw Failure.runtime("Invalid format specifier '" + specification + "'");
		}
		FormatSpec spec = new FormatSpec(run, parts);
		Object number = Numbers.of(value);
		if (number != null) {
			return spec.number(number);
		}
		if (value instanceof Text text) {
			return spec.string(text);
		}
		throw Failure.runtime("unsupported format string passed to " + TypeNames.of(value) + ".__format__");
	}

	private @Nullable String part(int group) {
		return this.parts.group(group);
	}

	private String type(String missing) {
		String type = part(9);
		return (type != null) ? type : missing;
	}

	private int width() {
		String width = part(6);
		return (width != null) ? Integer.parseInt(width) : 0;
	}

	private int precision(int missing) {
		String precision = part(8);
		return (precision != null) ? Integer.parseInt(precision) : missing;
	}

	private Text string(Text text) {
		if (!type("s").equals("s") || part(3) != null || part(7) != null || "=".equals(part(2))) {
			throw Failure.runtime("Invalid format specifier for a string");
		}
		int precision = precision(Integer.MAX_VALUE);
		boolean cuts = precision < text.length();
		Text shown = cuts ? text.substring(0, text.value().offsetByCodePoints(0, precision)) : text;
		return align(shown, "", "<");
	}

	private Text number(Object number) {
		String type = type((number instanceof Double) ? "" : "d");
		boolean real = number instanceof Double || "eEfFgG%".contains(type);
		if (real && "bcdoxXn".contains(type) && !type.isEmpty() && !type.equals("n")) {
			throw Failure.runtime("Unknown format code '" + type + "' for object of type 'float'");
		}
		String digits = real ? real(Math.abs(Numbers.toDouble(number)), type) : integer(number, type);
		boolean negative = (number instanceof Double value) ? value < 0 || (value == 0 && 1 / value < 0)
				: Numbers.big(number).signum() < 0;
		String sign = negative ? "-" : ("+".equals(part(3)) || " ".equals(part(3))) ? String.valueOf(part(3)) : "";
		String head = sign + ((part(4) != null && !real) ? prefix(type) : "");
		return align(Text.trusted(group(digits)), head, ">");
	}

	private static String prefix(String type) {
		return switch (type) {
			case "b", "o", "x", "X" -> "0" + type;
			default -> "";
		};
	}

	private String integer(Object number, String type) {
		if (part(8) != null) {
			throw Failure.runtime("Precision not allowed in integer format specifier");
		}
		BigInteger magnitude = Numbers.big(number).abs();
		return switch (type) {
			case "d", "n" -> magnitude.toString();
			case "b" -> magnitude.toString(2);
			case "o" -> magnitude.toString(8);
			case "x" -> magnitude.toString(16);
			case "X" -> magnitude.toString(16).toUpperCase(Locale.ROOT);
			case "c" -> Character.toString(Math.clamp(magnitude.longValue(), 0, Character.MAX_CODE_POINT));
			default -> throw Failure.runtime("Unknown format code '" + type + "' for object of type 'int'");
		};
	}

	private String real(double magnitude, String type) {
		boolean alternate = part(4) != null;
		return switch (type) {
			case "%" -> Decimals.print(magnitude * 100, 'f', precision(6), alternate) + "%";
			case "e", "E", "f", "F", "g", "G" -> Decimals.print(magnitude, type.charAt(0), precision(6), alternate);
			case "n" -> Decimals.print(magnitude, 'g', precision(6), alternate);
			case "" -> plain(magnitude);
			default -> throw Failure.runtime("Unknown format code '" + type + "' for object of type 'float'");
		};
	}

	private String plain(double magnitude) {
		if (part(8) == null || !Double.isFinite(magnitude)) {
			return Printer.number(magnitude);
		}
		String text = Decimals.print(magnitude, 'g', precision(6), false);
		return (text.contains(".") || text.contains("e")) ? text : text + ".0";
	}

	private String group(String digits) {
		String separator = part(7);
		if (separator == null) {
			return digits;
		}
		int end = 0;
		while (end < digits.length() && Character.isLetterOrDigit(digits.charAt(end)) && digits.charAt(end) != 'e') {
			end++;
		}
		boolean binary = "boxX".contains(type("d"));
		int size = binary ? 4 : 3;
		StringBuilder result = new StringBuilder(digits);
		for (int at = end - size; at > 0; at -= size) {
			result.insert(at, separator);
		}
		return result.toString();
	}

	private Text align(Text body, String head, String natural) {
		String fill = (part(1) != null) ? String.valueOf(part(1)) : (part(5) != null && part(2) == null) ? "0" : " ";
		String zeros = (part(5) != null && !natural.equals("<")) ? "=" : natural;
		String align = (part(2) != null) ? String.valueOf(part(2)) : zeros;
		int missing = Math.max(width() - body.length() - head.length(), 0);
		this.run.characters(missing);
		int left = switch (align) {
			case "<" -> 0;
			case "^" -> missing / 2;
			default -> missing;
		};
		TextBuilder result = new TextBuilder();
		if (align.equals("=")) {
			result.append(head, true).append(fill.repeat(left), true);
		}
		else {
			result.append(fill.repeat(left), true).append(head, true);
		}
		return result.append(body).append(fill.repeat(missing - left), true).build();
	}

}
