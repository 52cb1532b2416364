package io.llmserving.bench.statistics;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * Tests for {@link Bootstrap}.
 */
class BootstrapTests {

	// A resample's median is at most the k-th of n values with the probability that at
	// least (n + 1) / 2 of n draws are (binomial, k / n). For n = 9 that is 0.0014,
	// 0.0304,
	// … 0.9696, 0.9986: the 2.5 % end is the second value, the 97.5 % end the eighth.
	@Test
	void theIntervalOfAMedianIsTheExactOneOfTheBinomialDistribution() {
		Interval interval = Bootstrap.median(90, 10, 80, 20, 70, 30, 60, 40, 50);
		assertThat(interval).isEqualTo(new Interval(50, 20, 80));
	}

	@Test
	void theIntervalOfARatioContainsItAndIsAPointForConstants() {
		Interval ratio = Bootstrap.ratio(new double[] { 10, 12, 11, 9, 13 }, new double[] { 5, 6, 5.5, 4.5, 6.5 });
		assertThat(ratio.value()).isEqualTo(2, within(1e-12));
		assertThat(ratio.low()).isLessThan(2);
		assertThat(ratio.high()).isGreaterThan(2);
		assertThat(Bootstrap.ratio(new double[] { 3, 3, 3 }, new double[] { 2, 2, 2 }))
			.isEqualTo(new Interval(1.5, 1.5, 1.5));
	}

	@Test
	void equalValuesGiveEqualIntervals() {
		double[] values = new double[500];
		for (int i = 0; i < values.length; i++) {
			values[i] = (i * 7919) % 503;
		}
		assertThat(Bootstrap.quantile(values, 0.99)).isEqualTo(Bootstrap.quantile(values.clone(), 0.99));
	}

	@Test
	void anIntervalPrintsAsManyDigitsAsItsSizeDeserves() {
		assertThat(new Interval(1.2345, 1.1, 1.3).text()).isEqualTo("1.23 (1.10 to 1.30)");
		assertThat(new Interval(1234.5, 1100, 1300).text()).isEqualTo("1235 (1100 to 1300)");
	}

}
