package io.llmserving.text.template;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Filters on sequences as a whole.
 */
final class SequenceFilters {

	private static final Parameters DEFAULT = new Parameters("default", 0, "default_value", "boolean");

	private static final Parameters JOIN = new Parameters("join", 0, "d", "attribute");

	private static final Parameters BATCH = new Parameters("batch", 1, "linecount", "fill_with");

	private static final Parameters SLICE = new Parameters("slice", 1, "slices", "fill_with");

	private static final Parameters SUM = new Parameters("sum", 0, "attribute", "start");

	private static final Parameters ATTRIBUTE = new Parameters("attr", 1, "name");

	private SequenceFilters() {
	}

	static void register(Map<String, Filters.Filter> filters) {
		filters.put("length", (_, value, _) -> length(value));
		filters.put("count", (_, value, _) -> length(value));
		filters.put("list", (run, value, _) -> Iteration.list(run, value));
		filters.put("first", (_, value, _) -> first(Iteration.of(value), "No first item, sequence was empty."));
		filters.put("last", (run, value, _) -> first(backwards(run, value), "No last item, sequence was empty."));
		filters.put("reverse", SequenceFilters::reverse);
		filters.put("default", (_, value, given) -> defaultValue(value, DEFAULT.bind(given)));
		filters.put("d", (_, value, given) -> defaultValue(value, DEFAULT.bind(given)));
		filters.put("join", SequenceFilters::join);
		filters.put("items", (_, value, _) -> items(value));
		filters.put("batch", SequenceFilters::batch);
		filters.put("slice", SequenceFilters::slice);
		filters.put("sum", SequenceFilters::sum);
		filters.put("attr", (run, value, given) -> Members.attributeOnly(value,
				Printer.text(run, given(ATTRIBUTE.bind(given)[0])).value()));
	}

	private static Object given(@Nullable Object argument) {
		return (argument != null) ? argument : None.NONE;
	}

	private static Object length(Object value) {
		long length = Iteration.length(value);
		if (length < 0) {
			throw Failure.runtime("object of type '" + TypeNames.of(value) + "' has no len()");
		}
		return length;
	}

	private static Object first(Iterator<Object> items, String problem) {
		return items.hasNext() ? items.next() : new Undefined(problem);
	}

	private static Iterator<Object> backwards(Execution run, Object value) {
		if (value instanceof Generator || value instanceof LoopContext) {
			throw Failure.runtime("'" + TypeNames.of(value) + "' object is not reversible");
		}
		return Iteration.list(run, value).reversed().iterator();
	}

	private static Object reverse(Execution run, Object value, Arguments given) {
		if (value instanceof Text text) {
			return Slices.reverse(run, text);
		}
		if (Iteration.maybe(value) == null) {
			throw Failure.runtime("argument must be iterable");
		}
		return (value instanceof Generator) ? Iteration.list(run, value).reversed()
				: new Generator("reversed", backwards(run, value));
	}

	private static Object defaultValue(Object value, @Nullable Object[] bound) {
		boolean falseToo = bound[1] != null && Truth.of(bound[1]);
		if (!(value instanceof Undefined) && (!falseToo || Truth.of(value))) {
			return value;
		}
		return (bound[0] != null) ? bound[0] : Text.EMPTY;
	}

	private static Object join(Execution run, Object value, Arguments given) {
		@Nullable Object[] bound = JOIN.bind(given);
		Text separator = (bound[0] != null) ? Printer.text(run, bound[0]) : Text.EMPTY;
		boolean path = bound[1] != null && bound[1] != None.NONE;
		AttributePath attribute = AttributePath.of(bound[1]);
		TextBuilder result = new TextBuilder();
		boolean first = true;
		for (Object item : Iteration.list(run, value)) {
			result.append(first ? Text.EMPTY : separator).append(Printer.text(run, path ? attribute.get(item) : item));
			run.fits(result.length());
			first = false;
		}
		run.characters(result.length());
		return result.build();
	}

	private static Object items(Object value) {
		return switch (value) {
			case Undefined _ -> new Generator("generator", List.of().iterator());
			case Dict dict -> new Generator("generator",
					dict.entries().stream().map((entry) -> (Object) entry.pair()).toList().iterator());
			default -> throw Failure.runtime("Can only get item pairs from a mapping.");
		};
	}

	private static Object batch(Execution run, Object value, Arguments given) {
		@Nullable Object[] bound = BATCH.bind(given);
		long size = Numbers.index(bound[0]);
		List<Object> batches = new ArrayList<>();
		List<Object> batch = new ArrayList<>();
		for (Object item : Iteration.list(run, value)) {
			if (batch.size() == size) {
				batches.add(batch);
				batch = new ArrayList<>();
			}
			batch.add(item);
		}
		if (!batch.isEmpty()) {
			Object fill = bound[1];
			if (fill != null && fill != None.NONE) {
				run.items(Math.max(size, 0));
				while (batch.size() < size) {
					batch.add(fill);
				}
			}
			batches.add(batch);
		}
		return new Generator("generator", batches.iterator());
	}

	private static Object slice(Execution run, Object value, Arguments given) {
		@Nullable Object[] bound = SLICE.bind(given);
		List<Object> items = Iteration.list(run, value);
		int slices = Numbers.size(bound[0]);
		if (slices == 0) {
			throw Failure.runtime("integer division or modulo by zero");
		}
		run.items(Math.max(slices, 0));
		int each = Math.floorDiv(items.size(), slices);
		int extra = Math.floorMod(items.size(), slices);
		List<Object> result = new ArrayList<>();
		int at = 0;
		for (int slice = 0; slice < slices; slice++) {
			int end = at + each + ((slice < extra) ? 1 : 0);
			List<Object> part = new ArrayList<>(items.subList(at, end));
			Object fill = bound[1];
			if (fill != null && fill != None.NONE && slice >= extra) {
				part.add(fill);
			}
			result.add(part);
			at = end;
		}
		return new Generator("generator", result.iterator());
	}

	private static Object sum(Execution run, Object value, Arguments given) {
		@Nullable Object[] bound = SUM.bind(given);
		AttributePath attribute = AttributePath.of(bound[0]);
		Object total = (bound[1] != null) ? bound[1] : 0L;
		if (total instanceof Text) {
			throw Failure.runtime("sum() can't sum strings [use ''.join(seq) instead]");
		}
		for (Object item : Iteration.list(run, value)) {
			total = Operators.add(run, total, attribute.get(item));
		}
		return total;
	}

}
