package io.llmserving.text.template;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/**
 * Printing the magnitude of a double with a given precision, as C's {@code printf}.
 */
final class Decimals {

	private Decimals() {
	}

	/** Prints a non-negative number; the type is one of f, e, g or their capitals. */
	static String print(double magnitude, char type, int precision, boolean keepZeros) {
		String text;
		if (Double.isNaN(magnitude)) {
			text = "nan";
		}
		else if (Double.isInfinite(magnitude)) {
			text = "inf";
		}
		else {
			text = switch (type) {
				case 'f', 'F' -> new BigDecimal(magnitude).setScale(precision, RoundingMode.HALF_EVEN).toPlainString();
				case 'e', 'E' -> exponential(magnitude, precision);
				default -> general(magnitude, Math.max(precision, 1), keepZeros);
			};
		}
		return Character.isUpperCase(type) ? text.toUpperCase(Locale.ROOT) : text;
	}

	private static String exponential(double magnitude, int precision) {
		if (magnitude == 0) {
			return "0" + ((precision > 0) ? "." + "0".repeat(precision) : "") + "e+00";
		}
		BigDecimal rounded = new BigDecimal(magnitude).round(new MathContext(precision + 1, RoundingMode.HALF_EVEN));
		int exponent = rounded.precision() - rounded.scale() - 1;
		StringBuilder digits = new StringBuilder(rounded.unscaledValue().toString());
		while (digits.length() <= precision) {
			digits.append('0');
		}
		digits.setLength(precision + 1);
		if (precision > 0) {
			digits.insert(1, '.');
		}
		int size = Math.abs(exponent);
		return digits.append((exponent < 0) ? "e-" : "e+").append((size < 10) ? "0" : "").append(size).toString();
	}

	private static String general(double magnitude, int precision, boolean keepZeros) {
		String exponential = exponential(magnitude, precision - 1);
		int mark = exponential.indexOf('e');
		int exponent = Integer.parseInt(exponential.substring(mark + 1));
		if (exponent < -4 || exponent >= precision) {
			String digits = exponential.substring(0, mark);
			return (keepZeros ? digits : strip(digits)) + exponential.substring(mark);
		}
		String fixed = print(magnitude, 'f', precision - 1 - exponent, true);
		return keepZeros ? fixed : strip(fixed);
	}

	private static String strip(String digits) {
		if (digits.indexOf('.') < 0) {
			return digits;
		}
		int end = digits.length();
		while (digits.charAt(end - 1) == '0') {
			end--;
		}
		return digits.substring(0, (digits.charAt(end - 1) == '.') ? end - 1 : end);
	}

}
