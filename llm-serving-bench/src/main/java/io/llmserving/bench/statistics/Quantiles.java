package io.llmserving.bench.statistics;

import java.util.Arrays;

/**
 * Quantiles by linear interpolation between order statistics: definition 7 of Hyndman and
 * Fan (1996), which is also numpy's default.
 */
public final class Quantiles {

	private Quantiles() {
	}

	/**
	 * Returns the quantile of values in any order, {@link Double#NaN} for none.
	 * @param quantile 0 to 1
	 */
	public static double of(double[] values, double quantile) {
		double[] sorted = values.clone();
		Arrays.sort(sorted);
		return ofSorted(sorted, quantile);
	}

	/**
	 * Returns the median of values in any order, {@link Double#NaN} for none.
	 */
	public static double median(double... values) {
		return of(values, 0.5);
	}

	/**
	 * Returns the quantile of ascending values, {@link Double#NaN} for none.
	 */
	static double ofSorted(double[] sorted, double quantile) {
		if (sorted.length == 0) {
			return Double.NaN;
		}
		double position = quantile * (sorted.length - 1);
		int below = (int) Math.floor(position);
		int above = Math.min(below + 1, sorted.length - 1);
		return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
	}

}
