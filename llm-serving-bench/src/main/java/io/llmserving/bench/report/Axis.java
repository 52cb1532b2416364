package io.llmserving.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A linear axis from zero to at least its largest value, with ticks at 1, 2 or 5 times
 * powers of ten.
 *
 * @param end its last tick
 * @param step distance of ticks
 */
record Axis(double end, double step) {

	private static final int MOST_TICKS = 6;

	/**
	 * Returns the axis for values up to this one.
	 */
	static Axis upTo(double largest) {
		double most = (largest > 0) ? largest : 1;
		double power = Math.pow(10, Math.floor(Math.log10(most / MOST_TICKS)));
		for (double factor : new double[] { 1, 2, 5, 10 }) {
			double step = factor * power;
			double count = Math.ceil(most / step - 1e-9);
			if (count <= MOST_TICKS) {
				return new Axis(count * step, step);
			}
		}
		throw new IllegalStateException("No ticks for " + largest);
	}

	List<Double> ticks() {
		List<Double> ticks = new ArrayList<>();
		for (int i = 0; i <= Math.round(this.end / this.step); i++) {
			ticks.add(i * this.step);
		}
		return ticks;
	}

	/** Where a value lies, from 0 to 1. */
	double place(double value) {
		return value / this.end;
	}

	String label(double tick) {
		return (this.step >= 1) ? String.format(Locale.ROOT, "%,.0f", tick) : String.format(Locale.ROOT, "%.4g", tick);
	}

}
