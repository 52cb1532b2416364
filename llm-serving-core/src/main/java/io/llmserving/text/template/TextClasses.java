package io.llmserving.text.template;

import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.Predicate;

/**
 * The methods of Python's strings that tell what characters they have.
 */
final class TextClasses {

	static final Map<String, TextMethods.Body> METHODS = Map.ofEntries(all("isalpha", Character::isLetter),
			all("isdigit", TextClasses::digit), all("isdecimal", Character::isDigit),
			all("isnumeric", TextClasses::numeric), all("isalnum", TextClasses::alphanumeric),
			all("isspace", Characters::space), entry("isascii", (value) -> value.chars().allMatch((c) -> c < 128)),
			entry("isprintable", (value) -> value.codePoints().allMatch(Characters::printable)),
			entry("isidentifier", TextClasses::identifier), entry("islower", TextClasses::lower),
			entry("isupper", TextClasses::upper), entry("istitle", TextClasses::title));

	private TextClasses() {
	}

	private static Map.Entry<String, TextMethods.Body> all(String name, IntPredicate member) {
		return entry(name, (value) -> !value.isEmpty() && value.codePoints().allMatch(member));
	}

	private static Map.Entry<String, TextMethods.Body> entry(String name, Predicate<String> test) {
		return Map.entry(name, TextMethods.positional(name, 0, 0, (_, text, _) -> test.test(text.value())));
	}

	private static boolean digit(int c) {
		return Character.isDigit(c) || (Character.getType(c) == Character.OTHER_NUMBER
				&& Character.getNumericValue(c) >= 0 && Character.getNumericValue(c) < 10 && superscript(c));
	}

	private static boolean superscript(int c) {
		return c == 0xB2 || c == 0xB3 || c == 0xB9 || (c >= 0x2070 && c <= 0x2089) || (c >= 0x2460 && c <= 0x2468);
	}

	static boolean alphanumeric(int c) {
		return Character.isLetter(c) || numeric(c);
	}

	private static boolean numeric(int c) {
		int type = Character.getType(c);
		return type == Character.DECIMAL_DIGIT_NUMBER || type == Character.LETTER_NUMBER
				|| type == Character.OTHER_NUMBER;
	}

	private static boolean identifier(String value) {
		return !value.isEmpty() && Characters.identifierStart(value.codePointAt(0))
				&& value.codePoints().allMatch(Characters::identifierPart);
	}

	static boolean lower(String value) {
		return value.codePoints().anyMatch(Character::isLowerCase)
				&& value.codePoints().noneMatch((c) -> Character.isUpperCase(c) || Character.isTitleCase(c));
	}

	static boolean upper(String value) {
		return value.codePoints().anyMatch(Character::isUpperCase)
				&& value.codePoints().noneMatch((c) -> Character.isLowerCase(c) || Character.isTitleCase(c));
	}

	private static boolean title(String value) {
		boolean cased = false;
		boolean previous = false;
		for (int c : value.codePoints().toArray()) {
			boolean upper = Character.isUpperCase(c) || Character.isTitleCase(c);
			if ((upper && previous) || (Character.isLowerCase(c) && !previous)) {
				return false;
			}
			previous = Characters.cased(c);
			cased |= previous;
		}
		return cased;
	}

}
