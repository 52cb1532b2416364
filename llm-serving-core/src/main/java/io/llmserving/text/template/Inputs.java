package io.llmserving.text.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Turns the variables of a rendering into values of the interpreter.
 */
final class Inputs {

	private static final int MAXIMUM_DEPTH = 200;

	/** Variables that hold the model's own special tokens. */
	private static final Set<String> TRUSTED = Set.of("bos_token", "eos_token", "unk_token", "pad_token", "sep_token",
			"cls_token", "mask_token");

	/**
	 * Words that are no special tokens by themselves, but of which templates make some,
	 * as in {@code '<|' + message.role + '|>'}.
	 */
	private static final Set<String> ROLES = Set.of("system", "user", "assistant", "tool", "developer", "function",
			"ipython", "environment", "observation", "model", "tools", "documents", "context");

	private Inputs() {
	}

	static Map<String, Object> variables(Map<String, ? extends @Nullable Object> variables) {
		Map<String, Object> values = new HashMap<>();
		variables.forEach((name, value) -> {
			if (value instanceof String text) {
				values.put(name, Text.of(text, TRUSTED.contains(name)));
			}
			else {
				values.put(name, value(value, 0));
			}
		});
		return values;
	}

	private static Object value(@Nullable Object value, int depth) {
		if (depth > MAXIMUM_DEPTH) {
			throw Failure.limit("variables nested more than " + MAXIMUM_DEPTH + " deep");
		}
		return switch (value) {
			case null -> None.NONE;
			case CharSequence text -> Text.of(text.toString(), false);
			case Boolean bool -> bool;
			case Map<?, ?> map -> dict(map, depth);
			case Iterable<?> items -> list(items, depth);
			case Object[] items -> list(List.of(items), depth);
			case Number number -> number(number);
			default -> throw Failure.runtime("a variable of type " + value.getClass().getName()
					+ "; give maps, lists, strings, numbers, booleans and null");
		};
	}

	private static Object number(Number number) {
		return switch (number) {
			case Double _, Float _, BigDecimal _ -> number.doubleValue();
			case BigInteger big -> Numbers.shrink(big);
			default -> number.longValue();
		};
	}

	private static List<Object> list(Iterable<?> items, int depth) {
		List<Object> list = new ArrayList<>();
		for (Object item : items) {
			list.add(value(item, depth + 1));
		}
		return list;
	}

	private static Dict dict(Map<?, ?> map, int depth) {
		Dict dict = new Dict();
		map.forEach((key, value) -> {
			boolean role = "role".equals(key) && value instanceof String text && ROLES.contains(text);
			dict.put(value(key, depth + 1), role ? Text.trusted(String.valueOf(value)) : value(value, depth + 1));
		});
		return dict;
	}

}
