package io.llmserving.bench.load;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

/**
 * Tests for {@link Arrivals}.
 */
class ArrivalsTests {

	private static final int COUNT = 20_000;

	// The mean of n exponential gaps has a standard error of mean / sqrt(n): 0.7 % here;
	// the
	// bounds are more than four of them. Mean and standard deviation of an exponential
	// distribution are equal, and 1/e of the gaps are longer than the mean.
	@Test
	void gapsOfAPoissonProcessAreExponential() {
		double[] gaps = gaps(Arrivals.POISSON.times(COUNT, 50, 7));
		double mean = mean(gaps);
		double square = 0;
		int longer = 0;
		for (double gap : gaps) {
			square += (gap - mean) * (gap - mean);
			longer += (gap > 0.02) ? 1 : 0;
		}
		assertThat(mean).isEqualTo(0.02, within(0.02 * 0.03));
		assertThat(Math.sqrt(square / COUNT)).isEqualTo(0.02, within(0.02 * 0.05));
		assertThat((double) longer / COUNT).isEqualTo(Math.exp(-1), within(0.015));
	}

	// Counts in equal windows of a Poisson process have a variance equal to their mean.
	@Test
	void countsPerWindowHaveTheVarianceOfTheirMean() {
		long[] times = Arrivals.POISSON.times(COUNT, 50, 11);
		int[] counts = new int[(int) (times[COUNT - 1] / 1_000_000_000L)];
		for (long time : times) {
			int window = (int) (time / 1_000_000_000L);
			if (window < counts.length) {
				counts[window]++;
			}
		}
		double mean = 0;
		double square = 0;
		for (int count : counts) {
			mean += (double) count / counts.length;
		}
		for (int count : counts) {
			square += (count - mean) * (count - mean) / counts.length;
		}
		// 400 windows: the ratio's standard error is sqrt(2 / 400) = 0.07.
		assertThat(square / mean).isEqualTo(1, within(0.3));
	}

	@Test
	void constantArrivalsAreEvenlySpaced() {
		assertThat(Arrivals.CONSTANT.times(4, 8, 1)).containsExactly(125_000_000, 250_000_000, 375_000_000,
				500_000_000);
	}

	@Test
	void theSeedFixesTheArrivals() {
		assertThat(Arrivals.POISSON.times(100, 3, 5)).isEqualTo(Arrivals.POISSON.times(100, 3, 5))
			.isNotEqualTo(Arrivals.POISSON.times(100, 3, 6));
	}

	@Test
	void aRateOfZeroIsRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> Arrivals.POISSON.times(1, 0, 1))
			.withMessageContaining("0.0 requests/s");
	}

	private static double[] gaps(long[] times) {
		double[] gaps = new double[times.length];
		for (int i = 0; i < times.length; i++) {
			gaps[i] = (times[i] - ((i > 0) ? times[i - 1] : 0)) / 1e9;
		}
		return gaps;
	}

	private static double mean(double[] values) {
		double sum = 0;
		for (double value : values) {
			sum += value;
		}
		return sum / values.length;
	}

}
