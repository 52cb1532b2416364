package io.llmserving.text.template;

import java.util.ArrayList;
import java.util.List;

/**
 * A Python range.
 *
 * @param start its first number
 * @param stop the bound that it does not reach
 * @param step the distance of neighbours, not 0
 */
record Range(long start, long stop, long step) {

	/** As many numbers as jinja2's sandbox allows. */
	private static final int MAXIMUM = 100_000;

	private static final Parameters PARAMETERS = new Parameters("range", 1, "start", "stop", "step");

	static Object create(Execution run, Arguments arguments) {
		Object[] bound = PARAMETERS.bindPositional(arguments);
		long first = Numbers.index(bound[0]);
		boolean single = arguments.positional().size() == 1;
		long step = (bound.length > 2 && arguments.positional().size() > 2) ? Numbers.index(bound[2]) : 1;
		if (step == 0) {
			throw Failure.runtime("range() arg 3 must not be zero");
		}
		Range range = single ? new Range(0, first, 1) : new Range(first, Numbers.index(bound[1]), step);
		if (range.size() > MAXIMUM) {
			throw Failure.runtime("Range too big. The sandbox blocks ranges larger than " + MAXIMUM + ".");
		}
		run.steps(range.size() / 8);
		return range;
	}

	long size() {
		if (this.step > 0) {
			return (this.start >= this.stop) ? 0 : (this.stop - this.start - 1) / this.step + 1;
		}
		return (this.start <= this.stop) ? 0 : (this.start - this.stop - 1) / -this.step + 1;
	}

	/** Whether another has the same numbers. */
	boolean same(Range other) {
		long size = size();
		return size == other.size()
				&& (size == 0 || (this.start == other.start && (size == 1 || this.step == other.step)));
	}

	long at(long index) {
		return this.start + index * this.step;
	}

	/** Returns a part, by positions in this. */
	Range slice(long from, long to, long by) {
		return new Range(this.start + from * this.step, this.start + to * this.step, this.step * by);
	}

	List<Object> items() {
		int size = (int) size();
		List<Object> items = new ArrayList<>(size);
		for (int index = 0; index < size; index++) {
			items.add(this.start + index * this.step);
		}
		return items;
	}

}
