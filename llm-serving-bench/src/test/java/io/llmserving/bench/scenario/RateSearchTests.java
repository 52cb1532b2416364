package io.llmserving.bench.scenario;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link RateSearch}.
 */
class RateSearchTests {

	@ParameterizedTest
	@ValueSource(doubles = { 0.01, 0.3, 1, 1.7, 8, 33.3, 500 })
	void theHighestPassingRateIsFoundToTheResolution(double limit) throws InterruptedException {
		RateSearch search = new RateSearch(0.05);
		double found = search.search(1, (rate, number) -> rate <= limit);
		assertThat(found).isBetween(limit / 1.05, limit);
		assertThat(search.steps()).allMatch((step) -> step.passed() == (step.rate() <= limit));
	}

	@Test
	void trialsAreNumberedAndTheirNumberIsLogarithmic() throws InterruptedException {
		RateSearch search = new RateSearch(0.05);
		search.search(1, (rate, number) -> {
			assertThat(number).isEqualTo(search.steps().size());
			return rate <= 1000;
		});
		// 11 doublings, then 1024 / 51 halved to below 1: 5.
		assertThat(search.steps()).hasSizeLessThanOrEqualTo(11 + 5);
	}

	@Test
	void aServerThatMeetsTheObjectiveAtNoRateHasNone() throws InterruptedException {
		assertThat(new RateSearch(0.05).search(1, (rate, number) -> false)).isZero();
	}

	@Test
	void aResolutionOfZeroIsRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> new RateSearch(0));
	}

}
