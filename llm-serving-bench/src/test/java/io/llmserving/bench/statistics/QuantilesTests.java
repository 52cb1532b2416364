package io.llmserving.bench.statistics;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * Tests for {@link Quantiles} and {@link Distribution}.
 */
class QuantilesTests {

	@Test
	void theMedianOfAnEvenNumberLiesBetweenTheMiddleTwo() {
		assertThat(Quantiles.median(4, 1, 3, 2)).isEqualTo(2.5);
		assertThat(Quantiles.median(5, 1, 3)).isEqualTo(3);
	}

	// R: quantile(c(15, 20, 35, 40, 50), p, type = 7); the data of a worked example in
	// many textbooks.
	@Test
	void quantilesInterpolateAsDefinitionSevenDoes() {
		double[] values = { 35, 15, 50, 20, 40 };
		assertThat(Quantiles.of(values, 0.05)).isEqualTo(16, within(1e-12));
		assertThat(Quantiles.of(values, 0.3)).isEqualTo(23, within(1e-12));
		assertThat(Quantiles.of(values, 0.4)).isEqualTo(29, within(1e-12));
		assertThat(Quantiles.of(values, 0.99)).isEqualTo(49.6, within(1e-12));
		assertThat(values).containsExactly(35, 15, 50, 20, 40);
	}

	@Test
	void nothingHasNoQuantile() {
		assertThat(Quantiles.of(new double[0], 0.5)).isNaN();
		assertThat(Distribution.of(new double[0]).p99()).isNaN();
	}

	@Test
	void aDistributionOfOneToAHundredAndOneHasItsQuantilesAtRoundPlaces() {
		double[] values = new double[101];
		for (int i = 0; i < values.length; i++) {
			values[i] = 101 - i;
		}
		assertThat(Distribution.of(values)).isEqualTo(new Distribution(101, 51, 51, 91, 96, 100, 101));
	}

}
