package io.llmserving.text.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Locale;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Python's numbers: integers of any size, as {@link Long} where they fit and
 * {@link BigInteger} otherwise, and doubles.
 */
final class Numbers {

	private static final int MAXIMUM_DIGITS = 4300;

	private static final Pattern FLOAT = Pattern
		.compile("[+-]?((\\d+(_\\d+)*)?\\.?(\\d+(_\\d+)*)?([eE][+-]?\\d+(_\\d+)*)?)");

	private Numbers() {
	}

	/** Returns a number as Long, BigInteger or Double, or null for other values. */
	static @Nullable Object of(Object value) {
		return switch (value) {
			case Long _, Double _, BigInteger _ -> value;
			case Boolean bool -> bool ? 1L : 0L;
			default -> null;
		};
	}

	static boolean integral(Object value) {
		return value instanceof Long || value instanceof BigInteger || value instanceof Boolean;
	}

	static Object shrink(BigInteger number) {
		return (number.bitLength() < 64) ? (Object) number.longValue() : number;
	}

	static BigInteger big(Object integer) {
		return switch (integer) {
			case BigInteger big -> big;
			case Boolean bool -> bool ? BigInteger.ONE : BigInteger.ZERO;
			default -> BigInteger.valueOf((Long) integer);
		};
	}

	static double toDouble(Object number) {
		return switch (number) {
			case Long value -> value;
			case Double value -> value;
			case Boolean value -> value ? 1 : 0;
			default -> {
				double value = ((BigInteger) number).doubleValue();
				if (Double.isInfinite(value)) {
					throw Failure.runtime("int too large to convert to float");
				}
				yield value;
			}
		};
	}

	/** Returns the whole part of a finite double. */
	static Object whole(double value) {
		if (Double.isNaN(value) || Double.isInfinite(value)) {
			throw Failure.runtime("cannot convert float " + Printer.number(value) + " to integer");
		}
		return (Math.abs(value) < 0x1p62) ? (Object) (long) value : shrink(new BigDecimal(value).toBigInteger());
	}

	/** Returns an integer argument; numbers beyond 64 bits become the nearest long. */
	static long index(@Nullable Object value) {
		return switch (value) {
			case Long number -> number;
			case Boolean bool -> bool ? 1 : 0;
			case BigInteger big -> (big.signum() < 0) ? Long.MIN_VALUE : Long.MAX_VALUE;
			case null -> throw Failure.runtime("an integer is required");
			default -> throw notInteger(value);
		};
	}

	static Failure notInteger(Object value) {
		return (value instanceof Undefined undefined) ? undefined.failure()
				: Failure.runtime("'" + TypeNames.of(value) + "' object cannot be interpreted as an integer");
	}

	/** Returns an argument that has to fit an int, such as a width. */
	static int size(@Nullable Object value) {
		return (int) Math.clamp(index(value), Integer.MIN_VALUE, Integer.MAX_VALUE);
	}

	/** Reads an integer as Python's {@code int} does; null if it is none. */
	static @Nullable Object parse(String text, int base) {
		String digits = strip(text).toLowerCase(Locale.ROOT);
		boolean negative = digits.startsWith("-");
		digits = (negative || digits.startsWith("+")) ? digits.substring(1) : digits;
		int radix = base;
		String prefix = (digits.length() > 1) ? digits.substring(0, 2) : "";
		int prefixed = prefix.equals("0x") ? 16 : prefix.equals("0o") ? 8 : prefix.equals("0b") ? 2 : 0;
		if (prefixed != 0 && (base == prefixed || base == 0)) {
			radix = prefixed;
			digits = digits.substring(2);
			digits = digits.startsWith("_") ? digits.substring(1) : digits;
		}
		else if (base == 0) {
			radix = 10;
			if (digits.startsWith("0") && !digits.matches("0(_?0)*")) {
				return null;
			}
		}
		if (radix < 2 || radix > 36 || digits.isEmpty() || digits.startsWith("_") || digits.endsWith("_")
				|| digits.contains("__") || digits.length() > MAXIMUM_DIGITS) {
			return null;
		}
		return parseDigits(digits.replace("_", ""), radix, negative);
	}

	private static @Nullable Object parseDigits(String digits, int radix, boolean negative) {
		for (int index = 0; index < digits.length(); index++) {
			if (Character.digit(digits.charAt(index), radix) < 0) {
				return null;
			}
		}
		BigInteger value = new BigInteger(digits, radix);
		return shrink(negative ? value.negate() : value);
	}

	/** Reads a number as Python's {@code float} does; null if it is none. */
	static @Nullable Double parseFloat(String text) {
		String number = strip(text);
		String lower = number.toLowerCase(Locale.ROOT);
		String unsigned = (lower.startsWith("+") || lower.startsWith("-")) ? lower.substring(1) : lower;
		if (unsigned.equals("inf") || unsigned.equals("infinity")) {
			return lower.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
		}
		if (unsigned.equals("nan")) {
			return Double.NaN;
		}
		if (unsigned.isEmpty() || number.length() > MAXIMUM_DIGITS || !FLOAT.matcher(number).matches() || !Character
			.isDigit(unsigned.charAt(unsigned.startsWith(".") ? Math.min(1, unsigned.length() - 1) : 0))) {
			return null;
		}
		return Double.valueOf(number.replace("_", ""));
	}

	private static String strip(String text) {
		int start = Characters.skipSpace(text, 0);
		return text.substring(start, Characters.trimEnd(text, start, text.length()));
	}

}
