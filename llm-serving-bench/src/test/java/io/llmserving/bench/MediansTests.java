package io.llmserving.bench;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * Tests for {@link Medians}.
 */
class MediansTests {

	@Test
	void theMedianOfAnEvenNumberLiesBetweenTheMiddleTwo() {
		assertThat(Medians.median(4, 1, 3, 2)).isEqualTo(2.5);
		assertThat(Medians.median(5, 1, 3)).isEqualTo(3);
	}

	@Test
	void theIntervalOfARatioContainsItAndIsAPointForConstants() {
		double[] ratio = Medians.ratio(new double[] { 10, 12, 11, 9, 13 }, new double[] { 5, 6, 5.5, 4.5, 6.5 });
		assertThat(ratio[0]).isEqualTo(2, within(1e-12));
		assertThat(ratio[1]).isLessThan(2);
		assertThat(ratio[2]).isGreaterThan(2);
		assertThat(Medians.ratio(new double[] { 3, 3, 3 }, new double[] { 2, 2, 2 })).containsExactly(1.5, 1.5, 1.5);
	}

}
