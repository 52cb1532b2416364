package io.llmserving.text.template;

import java.util.ArrayList;
import java.util.List;

/**
 * Python's slices.
 */
final class Slices {

	private Slices() {
	}

	static Object slice(Execution run, Object value, Object start, Object stop, Object step) {
		if (value instanceof Text text) {
			return text(run, text, start, stop, step);
		}
		if (value instanceof Undefined undefined) {
			throw undefined.failure();
		}
		if (value instanceof Range range) {
			Bounds bounds = Bounds.of((int) range.size(), start, stop, step);
			return range.slice(bounds.start(), bounds.stop(), bounds.step());
		}
		List<Object> items = Iteration.sequence(value);
		if (items == null) {
			throw Failure.runtime("'" + TypeNames.of(value) + "' object is not subscriptable");
		}
		Bounds bounds = Bounds.of(items.size(), start, stop, step);
		run.items(bounds.count());
		List<Object> result = new ArrayList<>(bounds.count());
		for (int index = 0; index < bounds.count(); index++) {
			result.add(items.get(bounds.at(index)));
		}
		return (value instanceof Tuple) ? new Tuple(result) : result;
	}

	private static Text text(Execution run, Text text, Object start, Object stop, Object step) {
		String value = text.value();
		Bounds bounds = Bounds.of(text.length(), start, stop, step);
		run.characters(value.length());
		if (bounds.step() == 1) {
			int from = value.offsetByCodePoints(0, (bounds.count() > 0) ? bounds.start() : 0);
			return text.substring(from, value.offsetByCodePoints(from, bounds.count())).markup(text.markup());
		}
		run.steps(bounds.count());
		int[] offsets = offsets(value, text.length());
		TextBuilder result = new TextBuilder();
		for (int index = 0; index < bounds.count(); index++) {
			int at = bounds.at(index);
			result.append(text, offsets[at], offsets[at + 1]);
		}
		return result.build().markup(text.markup());
	}

	private static int[] offsets(String value, int length) {
		int[] offsets = new int[length + 1];
		for (int index = 0; index < length; index++) {
			offsets[index + 1] = value.offsetByCodePoints(offsets[index], 1);
		}
		return offsets;
	}

	/** Returns a string backwards. */
	static Text reverse(Execution run, Text text) {
		return text(run, text, None.NONE, None.NONE, -1L);
	}

	/**
	 * A slice, fitted to a length.
	 *
	 * @param start the first position
	 * @param stop the bound that is not reached
	 * @param step the distance of neighbours, not 0
	 * @param count how many there are
	 */
	private record Bounds(int start, int stop, long step, int count) {

		static Bounds of(int length, Object start, Object stop, Object step) {
			long by = bound(step, 1);
			if (by == 0) {
				throw Failure.runtime("slice step cannot be zero");
			}
			long low = (by > 0) ? 0 : -1;
			long high = (by > 0) ? length : length - 1L;
			long from = clip(bound(start, (by > 0) ? 0 : Long.MAX_VALUE), length, low, high);
			long to = (stop == None.NONE) ? ((by > 0) ? length : -1) : clip(bound(stop, 0), length, low, high);
			long span = (by > 0) ? to - from : from - to;
			long distance = (by == Long.MIN_VALUE) ? Long.MAX_VALUE : Math.abs(by);
			return new Bounds((int) from, (int) to, by, (span <= 0) ? 0 : (int) ((span - 1) / distance + 1));
		}

		private static long bound(Object value, long missing) {
			if (value == None.NONE) {
				return missing;
			}
			if (!Numbers.integral(value)) {
				throw Failure.runtime("slice indices must be integers or None, not " + TypeNames.of(value));
			}
			return Numbers.index(value);
		}

		private static long clip(long at, int length, long low, long high) {
			return Math.clamp((at < 0) ? at + length : at, low, high);
		}

		int at(int index) {
			return (int) (this.start + index * this.step);
		}

	}

}
