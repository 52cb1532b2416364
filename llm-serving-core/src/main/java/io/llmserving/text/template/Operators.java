package io.llmserving.text.template;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * Python's arithmetic operators, on numbers, strings and sequences.
 */
final class Operators {

	private Operators() {
	}

	/** Returns the operator that a symbol stands for. */
	static Binary binary(String symbol) {
		return switch (symbol) {
			case "+" -> Operators::add;
			case "*" -> Operators::multiply;
			case "%" -> Operators::remainder;
			case "-" -> (run, left, right) -> arithmetic(run, "-", left, right);
			case "/" -> (run, left, right) -> arithmetic(run, "/", left, right);
			case "//" -> (run, left, right) -> arithmetic(run, "//", left, right);
			default -> (run, left, right) -> arithmetic(run, "**", left, right);
		};
	}

	static Object add(Execution run, Object left, Object right) {
		if (left instanceof Text first && right instanceof Text second) {
			run.characters((long) first.value().length() + second.value().length());
			boolean markup = first.markup() || second.markup();
			return new TextBuilder().append(markup ? Markup.escape(first) : first)
				.append(markup ? Markup.escape(second) : second)
				.build()
				.markup(markup);
		}
		if (left instanceof List<?> first && right instanceof List<?> second) {
			return join(run, first, second);
		}
		if (left instanceof Tuple first && right instanceof Tuple second) {
			return new Tuple(join(run, first.items(), second.items()));
		}
		return arithmetic(run, "+", left, right);
	}

	private static List<Object> join(Execution run, List<?> first, List<?> second) {
		run.items((long) first.size() + second.size());
		List<Object> result = new ArrayList<>(first.size() + second.size());
		result.addAll(first);
		result.addAll(second);
		return result;
	}

	static Object multiply(Execution run, Object left, Object right) {
		if (repeatable(left) && Numbers.integral(right)) {
			return repeat(run, left, Numbers.index(right));
		}
		if (repeatable(right) && Numbers.integral(left)) {
			return repeat(run, right, Numbers.index(left));
		}
		return arithmetic(run, "*", left, right);
	}

	private static boolean repeatable(Object value) {
		return value instanceof Text || value instanceof List<?> || value instanceof Tuple;
	}

	private static Object repeat(Execution run, Object value, long count) {
		int times = (int) Math.clamp(count, 0, Integer.MAX_VALUE);
		if (value instanceof Text text) {
			run.characters((long) text.value().length() * times);
			TextBuilder result = new TextBuilder();
			for (int index = 0; index < times && !text.isEmpty(); index++) {
				result.append(text);
			}
			return result.build().markup(text.markup());
		}
		List<?> items = (value instanceof Tuple tuple) ? tuple.items() : (List<?>) value;
		run.items((long) items.size() * times);
		List<Object> result = new ArrayList<>();
		for (int index = 0; index < times && !items.isEmpty(); index++) {
			result.addAll(items);
		}
		return (value instanceof Tuple) ? new Tuple(result) : result;
	}

	private static Object remainder(Execution run, Object left, Object right) {
		return (left instanceof Text format) ? PercentFormat.format(run, format, right)
				: arithmetic(run, "%", left, right);
	}

	private static Object arithmetic(Execution run, String symbol, Object left, Object right) {
		Object first = Numbers.of(left);
		Object second = Numbers.of(right);
		if (first != null && second != null) {
			run.steps(cost(first) * cost(second));
			return Arithmetic.apply(symbol, first, second);
		}
		if (left instanceof Undefined undefined) {
			throw undefined.failure();
		}
		if (right instanceof Undefined undefined) {
			throw undefined.failure();
		}
		throw Failure.runtime("unsupported operand type(s) for " + symbol + ": '" + TypeNames.of(left) + "' and '"
				+ TypeNames.of(right) + "'");
	}

	/** Returns a factor that makes the product of two the cost of multiplying them. */
	private static long cost(Object number) {
		return (number instanceof BigInteger big) ? 1 + big.bitLength() / 128 : 1;
	}

	static Object negate(Object value) {
		return Arithmetic.negate(operand("-", value));
	}

	static Object plus(Object value) {
		return operand("+", value);
	}

	private static Object operand(String symbol, Object value) {
		Object number = Numbers.of(value);
		if (number == null) {
			throw (value instanceof Undefined undefined) ? undefined.failure()
					: Failure.runtime("bad operand type for unary " + symbol + ": '" + TypeNames.of(value) + "'");
		}
		return number;
	}

	/** An operator on two values. */
	@FunctionalInterface
	interface Binary {

		Object apply(Execution run, Object left, Object right);

	}

}
