package io.llmserving.text.template;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Filters that compare the items of sequences.
 */
final class OrderFilters {

	private static final Parameters SORT = new Parameters("sort", 0, "reverse", "case_sensitive", "attribute");

	private static final Parameters DICTSORT = new Parameters("dictsort", 0, "case_sensitive", "by", "reverse");

	private static final Parameters EXTREME = new Parameters("min or max", 0, "case_sensitive", "attribute");

	private static final Parameters GROUP = new Parameters("groupby", 1, "attribute", "default", "case_sensitive");

	private OrderFilters() {
	}

	static void register(Map<String, Filters.Filter> filters) {
		filters.put("sort", OrderFilters::sort);
		filters.put("dictsort", OrderFilters::dictsort);
		filters.put("min", (run, value, given) -> extreme(run, value, EXTREME.bind(given), false));
		filters.put("max", (run, value, given) -> extreme(run, value, EXTREME.bind(given), true));
		filters.put("unique", OrderFilters::unique);
		filters.put("groupby", OrderFilters::group);
	}

	private static boolean flag(@Nullable Object argument) {
		return argument != null && Truth.of(argument);
	}

	private static Object sort(Execution run, Object value, Arguments given) {
		@Nullable Object[] bound = SORT.bind(given);
		boolean caseSensitive = flag(bound[1]);
		List<AttributePath> paths = AttributePath.list(bound[2]);
		return new ArrayList<>(Sorting.sort(run, Iteration.list(run, value),
				(item) -> paths.stream().map((path) -> path.key(item, caseSensitive)).toList(), flag(bound[0])));
	}

	private static Object dictsort(Execution run, Object value, Arguments given) {
		@Nullable Object[] bound = DICTSORT.bind(given);
		String by = (bound[1] instanceof Text text) ? text.value() : "key";
		if (!by.equals("key") && !by.equals("value")) {
			throw Failure.runtime("You can only sort by either \"key\" or \"value\"");
		}
		if (!(value instanceof Dict dict)) {
			throw (value instanceof Undefined undefined) ? undefined.failure()
					: Failure.runtime("'" + TypeNames.of(value) + "' object has no attribute 'items'");
		}
		boolean caseSensitive = flag(bound[0]);
		List<Dict.Entry> sorted = Sorting.sort(run, new ArrayList<>(dict.entries()),
				(entry) -> AttributePath.fold(by.equals("key") ? entry.key() : entry.value(), caseSensitive),
				flag(bound[2]));
		List<Object> pairs = new ArrayList<>();
		sorted.forEach((entry) -> pairs.add(entry.pair()));
		return pairs;
	}

	private static Object extreme(Execution run, Object value, @Nullable Object[] bound, boolean largest) {
		Iterator<Object> items = Iteration.list(run, value).iterator();
		if (!items.hasNext()) {
			return new Undefined("No aggregated item, sequence was empty.");
		}
		AttributePath path = AttributePath.of(bound[1]);
		boolean caseSensitive = flag(bound[0]);
		Object best = items.next();
		Object bestKey = path.key(best, caseSensitive);
		while (items.hasNext()) {
			Object item = items.next();
			Object key = path.key(item, caseSensitive);
			if (largest ? Comparison.less(run, bestKey, key) : Comparison.less(run, key, bestKey)) {
				best = item;
				bestKey = key;
			}
		}
		return best;
	}

	private static Object unique(Execution run, Object value, Arguments given) {
		@Nullable Object[] bound = EXTREME.bind(given);
		AttributePath path = AttributePath.of(bound[1]);
		boolean caseSensitive = flag(bound[0]);
		Set<Object> seen = new HashSet<>();
		return new Generator("generator", Iteration.select(Iteration.of(value), (item) -> {
			run.steps(1);
			run.visit(item);
			return seen.add(Dict.normalize(path.key(item, caseSensitive)));
		}));
	}

	private static Object group(Execution run, Object value, Arguments given) {
		@Nullable Object[] bound = GROUP.bind(given);
		AttributePath path = AttributePath.of(bound[0]);
		boolean caseSensitive = flag(bound[2]);
		Object missing = bound[1];
		List<Object> sorted = Sorting.sort(run, Iteration.list(run, value),
				(item) -> AttributePath.fold(path.get(item, missing), caseSensitive), false);
		List<Object> groups = new ArrayList<>();
		List<Object> group = new ArrayList<>();
		Object current = null;
		for (Object item : sorted) {
			Object key = AttributePath.fold(path.get(item, missing), caseSensitive);
			if (current == null || !Comparison.equal(run, current, key)) {
				group = new ArrayList<>();
				groups.add(new Tuple(List.of(path.get(item, missing), group), List.of("grouper", "list")));
			}
			current = key;
			group.add(item);
		}
		return groups;
	}

}
