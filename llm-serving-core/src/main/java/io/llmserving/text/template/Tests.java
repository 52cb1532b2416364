package io.llmserving.text.template;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

/**
 * The tests by name.
 */
final class Tests {

	private static final Map<String, Test> TESTS = new HashMap<>();

	private static final Parameters NOTHING = new Parameters("test", 0);

	private static final Parameters OTHER = new Parameters("test", 1, "other");

	static {
		simple("defined", (value) -> !(value instanceof Undefined));
		simple("undefined", (value) -> value instanceof Undefined);
		simple("none", (value) -> value == None.NONE);
		simple("boolean", (value) -> value instanceof Boolean);
		simple("true", (value) -> Boolean.TRUE.equals(value));
		simple("false", (value) -> Boolean.FALSE.equals(value));
		simple("integer", (value) -> Numbers.integral(value) && !(value instanceof Boolean));
		simple("float", (value) -> value instanceof Double);
		simple("number", (value) -> Numbers.of(value) != null);
		simple("string", (value) -> value instanceof Text);
		simple("mapping", (value) -> value instanceof Dict);
		simple("sequence", Tests::sequence);
		simple("iterable", (value) -> Iteration.maybe(value) != null);
		simple("callable", (value) -> value instanceof Callable || value instanceof Undefined);
		simple("escaped", (value) -> value instanceof Text text && text.markup());
		TESTS.put("odd", (run, value, given) -> rest(run, bare(given, value), 2L, 1));
		TESTS.put("even", (run, value, given) -> rest(run, bare(given, value), 2L, 0));
		simple("filter", (value) -> Filters.find(value.toString()) != null);
		simple("test", (value) -> TESTS.containsKey(value.toString()));
		TESTS.put("lower", (run, value, _) -> TextClasses.lower(Printer.text(run, value).value()));
		TESTS.put("upper", (run, value, _) -> TextClasses.upper(Printer.text(run, value).value()));
		TESTS.put("divisibleby", (run, value, given) -> rest(run, value, other(given), 0));
		TESTS.put("sameas", (_, value, given) -> Comparison.identical(value, other(given)));
		relation("in", "in");
		relation("==", "==", "eq", "equalto");
		relation("!=", "!=", "ne");
		relation("<", "<", "lt", "lessthan");
		relation("<=", "<=", "le");
		relation(">", ">", "gt", "greaterthan");
		relation(">=", ">=", "ge");
	}

	private Tests() {
	}

	static @Nullable Test find(String name) {
		return TESTS.get(name);
	}

	/** Returns a test that fails when it is used. */
	static Test unknown(String name) {
		return (_, _, _) -> {
			throw Failure.runtime("No test named '" + name + "' found.");
		};
	}

	private static Object bare(Arguments given, Object value) {
		NOTHING.bind(given);
		return value;
	}

	private static void simple(String name, Predicate<Object> test) {
		TESTS.put(name, (_, value, given) -> {
			NOTHING.bind(given);
			return test.test(value);
		});
	}

	private static void relation(String operator, String... names) {
		Comparison.Relation relation = Comparison.relation(operator);
		for (String name : names) {
			TESTS.put(name, (run, value, given) -> relation.holds(run, value, other(given)));
		}
	}

	private static Object other(Arguments given) {
		Object other = OTHER.bind(given)[0];
		return (other != null) ? other : None.NONE;
	}

	private static boolean sequence(Object value) {
		return value instanceof Text || value instanceof List<?> || value instanceof Tuple || value instanceof Dict
				|| value instanceof Range || value instanceof Undefined;
	}

	private static boolean rest(Execution run, Object value, Object divisor, long expected) {
		Object number = Numbers.of(value);
		Object by = Numbers.of(divisor);
		if (number == null || by == null) {
			throw (value instanceof Undefined undefined) ? undefined.failure()
					: Failure.runtime("'" + TypeNames.of(value) + "' cannot be divided");
		}
		return Comparison.equal(run, Arithmetic.apply("%", number, by), expected);
	}

	/** Tells something about a value. */
	@FunctionalInterface
	interface Test {

		boolean test(Execution run, Object value, Arguments arguments);

	}

}
