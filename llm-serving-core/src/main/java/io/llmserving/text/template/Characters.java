package io.llmserving.text.template;

/**
 * Python's character classes.
 */
final class Characters {

	private Characters() {
	}

	/** As {@code str.isspace} and a regular expression's {@code \s}. */
	static boolean space(int c) {
		return (c >= 9 && c <= 13) || (c >= 28 && c <= 32) || c == 0x85 || c == 0xA0 || c == 0x1680
				|| (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F
				|| c == 0x3000;
	}

	/** As {@code str.splitlines} knows line ends. */
	static boolean lineEnd(int c) {
		return (c >= 10 && c <= 13) || (c >= 28 && c <= 30) || c == 0x85 || c == 0x2028 || c == 0x2029;
	}

	/** As {@code str.isprintable}. */
	static boolean printable(int c) {
		return switch (Character.getType(c)) {
			case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE, Character.UNASSIGNED,
					Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
				false;
			case Character.SPACE_SEPARATOR -> c == ' ';
			default -> true;
		};
	}

	static boolean cased(int c) {
		return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
	}

	static boolean identifierStart(int c) {
		return c == '_' || Character.isUnicodeIdentifierStart(c);
	}

	static boolean identifierPart(int c) {
		return c == '_' || (Character.isUnicodeIdentifierPart(c) && !Character.isIdentifierIgnorable(c));
	}

	/** Returns the position after the white space that starts at a position. */
	static int skipSpace(String source, int from) {
		int at = from;
		while (at < source.length() && space(source.charAt(at))) {
			at++;
		}
		return at;
	}

	/** Returns the end of a string without its trailing white space. */
	static int trimEnd(String source, int from, int to) {
		int at = to;
		while (at > from && space(source.charAt(at - 1))) {
			at--;
		}
		return at;
	}

}
