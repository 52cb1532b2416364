package io.llmserving.text.template;

import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

/**
 * Filters that look at items one by one, each when it is asked for.
 */
final class SelectionFilters {

	private static final Parameters MAP = new Parameters("map", 0, "attribute", "default");

	private SelectionFilters() {
	}

	static void register(Map<String, Filters.Filter> filters) {
		filters.put("map", SelectionFilters::map);
		filters.put("select", (run, value, given) -> select(run, value, given, false, true));
		filters.put("reject", (run, value, given) -> select(run, value, given, false, false));
		filters.put("selectattr", (run, value, given) -> select(run, value, given, true, true));
		filters.put("rejectattr", (run, value, given) -> select(run, value, given, true, false));
	}

	private static Object map(Execution run, Object value, Arguments given) {
		if (!Truth.of(value)) {
			return new Generator("generator", Collections.emptyIterator());
		}
		Iterator<Object> items = Iteration.of(value);
		if (given.positional().isEmpty() && given.named().containsKey("attribute")) {
			@Nullable Object[] bound = MAP.bind(given);
			AttributePath path = AttributePath.of(bound[0]);
			return new Generator("generator", Iteration.map(items, (item) -> path.get(item, bound[1])));
		}
		if (given.positional().isEmpty()) {
			throw Failure.runtime("map requires a filter argument");
		}
		String name = Printer.text(run, given.positional().getFirst()).value();
		Filters.Filter found = Filters.find(name);
		Filters.Filter filter = (found != null) ? found : Filters.unknown(name);
		Arguments rest = given.withoutFirst(1);
		return new Generator("generator", Iteration.map(items, (item) -> {
			run.steps(1);
			return filter.apply(run, item, rest);
		}));
	}

	private static Object select(Execution run, Object value, Arguments given, boolean byAttribute, boolean wanted) {
		if (!Truth.of(value)) {
			return new Generator("generator", Collections.emptyIterator());
		}
		List<Object> positional = given.positional();
		int skipped = byAttribute ? 1 : 0;
		if (positional.size() < skipped) {
			throw Failure.runtime("Missing parameter for attribute name");
		}
		AttributePath path = byAttribute ? AttributePath.of(positional.getFirst()) : AttributePath.of(null);
		Predicate<Object> test = (item) -> Truth.of(item);
		if (positional.size() > skipped) {
			String name = Printer.text(run, positional.get(skipped)).value();
			Tests.Test found = Tests.find(name);
			Tests.Test body = (found != null) ? found : Tests.unknown(name);
			Arguments rest = given.withoutFirst(skipped + 1);
			test = (item) -> body.test(run, item, rest);
		}
		Predicate<Object> holds = test;
		return new Generator("generator", Iteration.select(Iteration.of(value), (item) -> {
			run.steps(1);
			return holds.test(path.get(item)) == wanted;
		}));
	}

}
