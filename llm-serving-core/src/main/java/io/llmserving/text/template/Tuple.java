package io.llmserving.text.template;

import java.util.List;

/**
 * A Python tuple.
 *
 * @param items its items
 * @param names attributes by which its items can be read too, empty for a plain tuple
 */
record Tuple(List<Object> items, List<String> names) {

	Tuple(List<Object> items) {
		this(items, List.of());
	}

	static Tuple of(Object... items) {
		return new Tuple(List.of(items));
	}

}
