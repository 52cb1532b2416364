package io.llmserving.bench.statistics;

import java.util.Arrays;

/**
 * What is reported of many values: NaN where there are none.
 */
public record Distribution(int count, double mean, double p50, double p90, double p95, double p99, double max) {

	/**
	 * Summarizes values in any order.
	 */
	public static Distribution of(double[] values) {
		double[] sorted = values.clone();
		Arrays.sort(sorted);
		return new Distribution(sorted.length, Arrays.stream(sorted).average().orElse(Double.NaN),
				Quantiles.ofSorted(sorted, 0.5), Quantiles.ofSorted(sorted, 0.9), Quantiles.ofSorted(sorted, 0.95),
				Quantiles.ofSorted(sorted, 0.99), Quantiles.ofSorted(sorted, 1));
	}

}
