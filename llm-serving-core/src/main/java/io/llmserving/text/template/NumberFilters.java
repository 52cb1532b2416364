package io.llmserving.text.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Filters that make numbers.
 */
final class NumberFilters {

	private static final Parameters INT = new Parameters("int", 0, "default", "base");

	private static final Parameters FLOAT = new Parameters("float", 0, "default");

	private static final Parameters ROUND = new Parameters("round", 0, "precision", "method");

	private NumberFilters() {
	}

	static void register(Map<String, Filters.Filter> filters) {
		filters.put("int", (_, value, given) -> integer(value, INT.bind(given)));
		filters.put("float", (_, value, given) -> real(value, FLOAT.bind(given)[0]));
		filters.put("abs", (_, value, _) -> absolute(value));
		filters.put("round", (_, value, given) -> round(value, ROUND.bind(given)));
	}

	private static Object integer(Object value, @Nullable Object[] bound) {
		Object missing = (bound[0] != null) ? bound[0] : 0L;
		switch (value) {
			case Undefined undefined -> throw undefined.failure();
			case Text text -> {
				Object parsed = Numbers.parse(text.value(), (bound[1] != null) ? Numbers.size(bound[1]) : 10);
				Double real = (parsed == null) ? Numbers.parseFloat(text.value()) : null;
				if (parsed != null) {
					return parsed;
				}
				return (real != null && Double.isFinite(real)) ? Numbers.whole(real) : missing;
			}
			case Double real -> {
				if (Double.isInfinite(real)) {
					throw Failure.runtime("cannot convert float infinity to integer");
				}
				return real.isNaN() ? missing : Numbers.whole(real);
			}
			default -> {
				Object number = Numbers.of(value);
				return (number != null) ? number : missing;
			}
		}
	}

	private static Object real(Object value, @Nullable Object missing) {
		Object number = Numbers.of(value);
		if (number != null) {
			return Numbers.toDouble(number);
		}
		if (value instanceof Undefined undefined) {
			throw undefined.failure();
		}
		Double parsed = (value instanceof Text text) ? Numbers.parseFloat(text.value()) : null;
		return (parsed != null) ? parsed : (missing != null) ? missing : 0.0;
	}

	private static Object absolute(Object value) {
		Object number = Numbers.of(value);
		if (number == null) {
			throw (value instanceof Undefined undefined) ? undefined.failure()
					: Failure.runtime("bad operand type for abs(): '" + TypeNames.of(value) + "'");
		}
		return (number instanceof Double real) ? (Object) Math.abs(real) : Numbers.shrink(Numbers.big(number).abs());
	}

	private static Object round(Object value, @Nullable Object[] bound) {
		int precision = (bound[0] != null) ? Math.clamp(Numbers.size(bound[0]), -400, 400) : 0;
		String method = (bound[1] instanceof Text text) ? text.value() : "common";
		Object number = Numbers.of(value);
		if (number == null) {
			throw (value instanceof Undefined undefined) ? undefined.failure()
					: Failure.runtime("type " + TypeNames.of(value) + " cannot be rounded");
		}
		return switch (method) {
			case "common" -> common(number, precision);
			case "ceil", "floor" -> directed(number, precision, method.equals("ceil"));
			default -> throw Failure.runtime("method must be common, ceil or floor");
		};
	}

	private static Object common(Object number, int precision) {
		if (number instanceof Double real) {
			return Double.isFinite(real)
					? (Object) Math
						.copySign(new BigDecimal(real).setScale(precision, RoundingMode.HALF_EVEN).doubleValue(), real)
					: real;
		}
		BigInteger integer = Numbers.big(number);
		return Numbers.shrink((precision >= 0) ? integer
				: new BigDecimal(integer).setScale(precision, RoundingMode.HALF_EVEN).toBigInteger());
	}

	private static Object directed(Object number, int precision, boolean up) {
		Object factor = Arithmetic.apply("**", 10L, (long) precision);
		Object scaled = Arithmetic.apply("*", number, factor);
		if (scaled instanceof Double real) {
			scaled = Numbers.whole(up ? Math.ceil(real) : Math.floor(real));
		}
		return Arithmetic.apply("/", scaled, factor);
	}

}
