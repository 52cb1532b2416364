package io.llmserving.text.template;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/**
 * Python's {@code sorted}: stable, by {@code <} alone.
 */
final class Sorting {

	private Sorting() {
	}

	static <T> List<T> sort(Execution run, List<T> items, Function<T, Object> key, boolean reverse) {
		List<Keyed<T>> keyed = new ArrayList<>(items.size());
		for (T item : items) {
			keyed.add(new Keyed<>(key.apply(item), item));
		}
		Comparator<Keyed<T>> order = (left, right) -> {
			run.steps(1);
			return Comparison.less(run, left.key(), right.key()) ? -1
					: Comparison.less(run, right.key(), left.key()) ? 1 : 0;
		};
		try {
			keyed.sort(reverse ? (left, right) -> order.compare(right, left) : order);
		}
		catch (IllegalArgumentException ex) {
			throw Failure.runtime("values without an order cannot be sorted");
		}
		return keyed.stream().map(Keyed::item).toList();
	}

	private record Keyed<T>(Object key, T item) {
	}

}
