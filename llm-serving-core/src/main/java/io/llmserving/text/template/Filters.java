package io.llmserving.text.template;

import java.util.HashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * The filters by name.
 */
final class Filters {

	private static final Map<String, Filter> FILTERS = new HashMap<>();

	static {
		TextFilters.register(FILTERS);
		NumberFilters.register(FILTERS);
		SequenceFilters.register(FILTERS);
		OrderFilters.register(FILTERS);
		SelectionFilters.register(FILTERS);
		FILTERS.put("tojson", Json::dumps);
	}

	private Filters() {
	}

	static @Nullable Filter find(String name) {
		return FILTERS.get(name);
	}

	/** Returns a filter that fails when it is used. */
	static Filter unknown(String name) {
		return (_, _, _) -> {
			throw Failure.runtime("No filter named '" + name + "' found.");
		};
	}

	/** Makes something of a value. */
	@FunctionalInterface
	interface Filter {

		Object apply(Execution run, Object value, Arguments arguments);

	}

}
