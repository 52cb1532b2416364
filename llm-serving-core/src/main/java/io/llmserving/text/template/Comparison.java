package io.llmserving.text.template;

import java.math.BigDecimal;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Python's comparisons.
 */
final class Comparison {

	private static final int MAXIMUM_DEPTH = 300;

	private Comparison() {
	}

	/** Returns the relation that an operator stands for. */
	static Relation relation(String operator) {
		return switch (operator) {
			case "==" -> Comparison::equal;
			case "!=" -> (run, left, right) -> !equal(run, left, right);
			case "in" -> Comparison::contains;
			case "not in" -> (run, left, right) -> !contains(run, left, right);
			default -> (run, left, right) -> ordered(run, operator, left, right, 0);
		};
	}

	static boolean equal(Execution run, Object left, Object right) {
		return equal(run, left, right, 0);
	}

	private static boolean equal(Execution run, Object left, Object right, int depth) {
		run.steps(1);
		if (depth > MAXIMUM_DEPTH) {
			throw Failure.limit("values nested more than " + MAXIMUM_DEPTH + " deep");
		}
		Object first = Numbers.of(left);
		Object second = Numbers.of(right);
		if (first != null && second != null) {
			return equalNumbers(first, second);
		}
		return switch (left) {
			case Text text -> {
				run.visit(text);
				yield right instanceof Text other && text.value().equals(other.value());
			}
			case List<?> list -> right instanceof List<?> other && equalItems(run, list, other, depth);
			case Tuple tuple -> right instanceof Tuple other && equalItems(run, tuple.items(), other.items(), depth);
			case Dict dict -> right instanceof Dict other && equalDicts(run, dict, other, depth);
			case Undefined _ -> right instanceof Undefined;
			case Range range -> right instanceof Range other && range.same(other);
			default -> left == right;
		};
	}

	private static boolean equalNumbers(Object left, Object right) {
		if (left instanceof Long first && right instanceof Long second) {
			return first.longValue() == second.longValue();
		}
		return compareNumbers(left, right) == 0;
	}

	/** Returns the order of two numbers, or 2 if one of them is not a number. */
	private static int compareNumbers(Object left, Object right) {
		if (left instanceof Long first && right instanceof Long second) {
			return first.compareTo(second);
		}
		if (special(left) || special(right)) {
			double first = (left instanceof Double value) ? value : 0;
			double second = (right instanceof Double value) ? value : 0;
			return (Double.isNaN(first) || Double.isNaN(second)) ? 2 : Double.compare(first, second);
		}
		return decimal(left).compareTo(decimal(right));
	}

	private static boolean special(Object number) {
		return number instanceof Double value && !Double.isFinite(value);
	}

	private static BigDecimal decimal(Object number) {
		return (number instanceof Double value) ? new BigDecimal(value) : new BigDecimal(Numbers.big(number));
	}

	private static boolean equalItems(Execution run, List<?> left, List<?> right, int depth) {
		if (left.size() != right.size()) {
			return false;
		}
		for (int index = 0; index < left.size(); index++) {
			if (!same(run, left.get(index), right.get(index), depth)) {
				return false;
			}
		}
		return true;
	}

	/** Containers take an item for equal to itself, even if it is not a number. */
	private static boolean same(Execution run, Object left, Object right, int depth) {
		return left == right || equal(run, left, right, depth + 1);
	}

	private static boolean equalDicts(Execution run, Dict left, Dict right, int depth) {
		if (left.size() != right.size()) {
			return false;
		}
		for (Dict.Entry entry : left.entries()) {
			Object other = right.get(entry.key());
			if (other == null || !same(run, entry.value(), other, depth)) {
				return false;
			}
		}
		return true;
	}

	static boolean less(Execution run, Object left, Object right) {
		return ordered(run, "<", left, right, 0);
	}

	private static boolean ordered(Execution run, String operator, Object left, Object right, int depth) {
		run.steps(1);
		run.visit(left);
		if (depth > MAXIMUM_DEPTH) {
			throw Failure.limit("values nested more than " + MAXIMUM_DEPTH + " deep");
		}
		Object first = Numbers.of(left);
		Object second = Numbers.of(right);
		if (first != null && second != null) {
			int order = compareNumbers(first, second);
			return order != 2 && holds(operator, order);
		}
		if (left instanceof Text text && right instanceof Text other) {
			return holds(operator, compareTexts(text.value(), other.value()));
		}
		if (left instanceof List<?> list && right instanceof List<?> other) {
			return orderedItems(run, operator, list, other, depth);
		}
		if (left instanceof Tuple tuple && right instanceof Tuple other) {
			return orderedItems(run, operator, tuple.items(), other.items(), depth);
		}
		throw unordered(operator, left, right);
	}

	private static Failure unordered(String operator, Object left, Object right) {
		Undefined undefined = undefined(left, right);
		return (undefined != null) ? undefined.failure()
				: Failure.runtime("'" + operator + "' not supported between instances of '" + TypeNames.of(left)
						+ "' and '" + TypeNames.of(right) + "'");
	}

	private static @Nullable Undefined undefined(Object left, Object right) {
		if (left instanceof Undefined undefined) {
			return undefined;
		}
		return (right instanceof Undefined undefined) ? undefined : null;
	}

	private static boolean orderedItems(Execution run, String operator, List<?> left, List<?> right, int depth) {
		for (int index = 0; index < Math.min(left.size(), right.size()); index++) {
			if (!same(run, left.get(index), right.get(index), depth)) {
				return ordered(run, operator, left.get(index), right.get(index), depth + 1);
			}
		}
		return holds(operator, Integer.compare(left.size(), right.size()));
	}

	private static boolean holds(String operator, int order) {
		return switch (operator) {
			case "<" -> order < 0;
			case "<=" -> order <= 0;
			case ">" -> order > 0;
			default -> order >= 0;
		};
	}

	/** Compares by code points. */
	static int compareTexts(String left, String right) {
		int length = Math.min(left.length(), right.length());
		for (int index = 0; index < length; index++) {
			char first = left.charAt(index);
			char second = right.charAt(index);
			if (first != second) {
				boolean surrogates = Character.isSurrogate(first) != Character.isSurrogate(second);
				int order = Character.compare(first, second);
				return surrogates ? (Character.isSurrogate(first) ? 1 : -1) : order;
			}
		}
		return Integer.compare(left.length(), right.length());
	}

	static boolean contains(Execution run, Object item, Object container) {
		if (container instanceof Text text) {
			if (!(item instanceof Text part)) {
				throw Failure.runtime("'in <string>' requires string as left operand, not " + TypeNames.of(item));
			}
			run.characters(text.value().length());
			return text.value().contains(part.value());
		}
		if (container instanceof Dict dict) {
			run.visit(item);
			return dict.containsKey(item);
		}
		Iterator<Object> items = Iteration.maybe(container);
		if (items == null) {
			throw Failure.runtime("argument of type '" + TypeNames.of(container) + "' is not iterable");
		}
		while (items.hasNext()) {
			run.steps(1);
			if (same(run, item, items.next(), 0)) {
				return true;
			}
		}
		return false;
	}

	/** Returns Python's {@code is}, as far as values have an identity. */
	static boolean identical(Object left, Object right) {
		return left == right || (left instanceof Boolean && Objects.equals(left, right))
				|| (left instanceof Long number && number >= -5 && number <= 256 && number.equals(right));
	}

	/** A relation of two values. */
	@FunctionalInterface
	interface Relation {

		boolean holds(Execution run, Object left, Object right);

	}

}
