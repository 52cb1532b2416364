package io.llmserving.bench.statistics;

import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.function.ToDoubleFunction;

/**
 * 95 % intervals by the percentile bootstrap (Efron 1979). Seeded: equal values give
 * equal intervals.
 */
public final class Bootstrap {

	private static final long SEED = 42;

	private Bootstrap() {
	}

	/**
	 * Returns the median of the values and how certain it is.
	 */
	public static Interval median(double... values) {
		return quantile(values, 0.5);
	}

	/**
	 * Returns a quantile of the values and how certain it is.
	 */
	public static Interval quantile(double[] values, double quantile) {
		return of(values, (drawn) -> Quantiles.of(drawn, quantile));
	}

	/**
	 * Returns the ratio of two medians and how certain it is.
	 */
	public static Interval ratio(double[] ours, double[] theirs) {
		Random random = new Random(SEED);
		return interval(Quantiles.median(ours) / Quantiles.median(theirs), ours.length + theirs.length,
				() -> Quantiles.median(resample(ours, random)) / Quantiles.median(resample(theirs, random)));
	}

	private static Interval of(double[] values, ToDoubleFunction<double[]> statistic) {
		Random random = new Random(SEED);
		return interval(statistic.applyAsDouble(values), values.length,
				() -> statistic.applyAsDouble(resample(values, random)));
	}

	private static Interval interval(double value, int count, DoubleSupplier resampled) {
		if (count == 0) {
			return new Interval(Double.NaN, Double.NaN, Double.NaN);
		}
		// Many values need fewer resamples for the same accuracy of the ends' ranks.
		double[] drawn = new double[(count <= 100) ? 10_000 : 1_000];
		Arrays.setAll(drawn, (i) -> resampled.getAsDouble());
		Arrays.sort(drawn);
		int tail = drawn.length / 40;
		return new Interval(value, drawn[tail], drawn[drawn.length - tail - 1]);
	}

	private static double[] resample(double[] values, Random random) {
		double[] drawn = new double[values.length];
		for (int i = 0; i < drawn.length; i++) {
			drawn[i] = values[random.nextInt(values.length)];
		}
		return drawn;
	}

}
