package io.llmserving.text.template;

/**
 * Reads the escapes of a string literal, as Python's {@code unicode-escape}.
 */
final class StringLiterals {

	private static final String NAMED = "\\\\''\"\"a\u0007b\bf\fn\nr\rt\tv\u000B";

	private StringLiterals() {
	}

	static String unescape(String literal) {
		if (literal.indexOf('\\') < 0) {
			return literal;
		}
		StringBuilder result = new StringBuilder(literal.length());
		int at = 0;
		while (at < literal.length()) {
			char c = literal.charAt(at);
			if (c != '\\') {
				result.append(c);
				at++;
			}
			else {
				at = escape(literal, at + 1, result);
			}
		}
		return result.toString();
	}

	private static int escape(String literal, int at, StringBuilder result) {
		char c = literal.charAt(at);
		switch (c) {
			case '\n' -> {
				return at + 1;
			}
			case 'x' -> {
				return hexadecimal(literal, at + 1, 2, result);
			}
			case 'u' -> {
				return hexadecimal(literal, at + 1, 4, result);
			}
			case 'U' -> {
				return hexadecimal(literal, at + 1, 8, result);
			}
			case 'N' -> {
				return named(literal, at + 1, result);
			}
			default -> {
				return (c >= '0' && c <= '7') ? octal(literal, at, result) : single(c, at, result);
			}
		}
	}

	private static int single(char c, int at, StringBuilder result) {
		for (int index = 0; index + 1 < NAMED.length(); index += 2) {
			if (NAMED.charAt(index) == c) {
				result.append(NAMED.charAt(index + 1));
				return at + 1;
			}
		}
		result.append('\\').append(c);
		return at + 1;
	}

	private static int octal(String literal, int from, StringBuilder result) {
		int at = from;
		int code = 0;
		while (at < literal.length() && at < from + 3 && literal.charAt(at) >= '0' && literal.charAt(at) <= '7') {
			code = 8 * code + literal.charAt(at++) - '0';
		}
		result.append((char) code);
		return at;
	}

	private static int hexadecimal(String literal, int from, int digits, StringBuilder result) {
		try {
			String code = literal.substring(from, from + digits);
			if (!Character.isLetterOrDigit(code.charAt(0))) {
				throw new NumberFormatException(code);
			}
			result.appendCodePoint(Integer.parseInt(code, 16));
			return from + digits;
		}
		catch (IllegalArgumentException | IndexOutOfBoundsException ex) {
			throw Failure.syntax("truncated \\x, \\u or \\U escape in a string literal");
		}
	}

	private static int named(String literal, int from, StringBuilder result) {
		int end = literal.indexOf('}', from);
		try {
			if (!literal.startsWith("{", from) || end < 0) {
				throw new IllegalArgumentException();
			}
			result.appendCodePoint(Character.codePointOf(literal.substring(from + 1, end)));
			return end + 1;
		}
		catch (IllegalArgumentException ex) {
			throw Failure.syntax("unknown Unicode character name in a string literal");
		}
	}

}
