package io.llmserving.bench;

import java.util.Arrays;
import java.util.Random;

/**
 * Medians of repeated measurements, and how certain a ratio of two is.
 */
final class Medians {

	private static final int RESAMPLES = 10_000;

	private Medians() {
	}

	static double median(double... values) {
		double[] sorted = values.clone();
		Arrays.sort(sorted);
		int middle = sorted.length / 2;
		return (sorted.length % 2 == 1) ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
	}

	/**
	 * Returns the ratio of two medians and its 95 % interval by the percentile bootstrap
	 * (Efron 1979): ratio, lower end, upper end.
	 */
	static double[] ratio(double[] ours, double[] theirs) {
		Random random = new Random(42);
		double[] ratios = new double[RESAMPLES];
		for (int i = 0; i < RESAMPLES; i++) {
			ratios[i] = median(resample(ours, random)) / median(resample(theirs, random));
		}
		Arrays.sort(ratios);
		return new double[] { median(ours) / median(theirs), ratios[RESAMPLES / 40],
				ratios[RESAMPLES - RESAMPLES / 40 - 1] };
	}

	private static double[] resample(double[] values, Random random) {
		double[] drawn = new double[values.length];
		for (int i = 0; i < drawn.length; i++) {
			drawn[i] = values[random.nextInt(values.length)];
		}
		return drawn;
	}

}
