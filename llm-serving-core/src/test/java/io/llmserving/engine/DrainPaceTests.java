package io.llmserving.engine;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * Tests for {@link DrainPace}.
 */
class DrainPaceTests {

	private final DrainPace pace = new DrainPace();

	@Test
	void nothingIsKnownUntilTwoHaveLeft() {
		assertThat(this.pace.nanos(100)).isZero();
		this.pace.left(5_000);
		assertThat(this.pace.nanos(100)).isZero();
		this.pace.left(6_000);
		assertThat(this.pace.nanos(3)).isEqualTo(3_000);
	}

	@Test
	void whatLeftTogetherTakesTheTimeUntilTheNext() {
		for (int i = 0; i < 400; i++) {
			this.pace.left(i / 4 * 4_000L);
		}
		assertThat(this.pace.nanos(1)).isCloseTo(1_000, within(500L));
	}

	@Test
	void aSlowerPaceIsFollowedWithinAScoreOfSequences() {
		long now = 0;
		for (int i = 0; i < 50; i++) {
			this.pace.left(now);
		}
		for (int i = 0; i < 20; i++) {
			this.pace.left(now += 1_000);
		}
		assertThat(this.pace.nanos(1)).isBetween(900L, 1_000L);
	}

	@Test
	void anEmptyQueueForgetsIt() {
		this.pace.left(0);
		this.pace.left(1_000);
		this.pace.empty();
		assertThat(this.pace.nanos(100)).isZero();
		this.pace.left(9_000_000);
		assertThat(this.pace.nanos(100)).as("the time without a queue does not count").isZero();
	}

}
