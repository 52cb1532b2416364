package io.llmserving.engine;

import java.util.Random;

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
		assertThat(this.pace.nanos(1000)).isCloseTo(1_000_000, within(500_000L));
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
		assertThat(this.pace.nanos(1000)).isBetween(900_000L, 1_000_000L);
	}

	@Test
	void anUnevenPaceCountsWithItsSpreadWhichMattersLessForMany() {
		Random random = new Random(7);
		double one = 0;
		double hundred = 0;
		long now = 0;
		for (int i = 0; i < 5_000; i++) {
			this.pace.left(now += (long) (random.nextGaussian(1_000_000, 300_000)));
			if (i >= 1_000) {
				one += this.pace.nanos(1) / 4e9;
				hundred += this.pace.nanos(100) / 4e11;
			}
		}
		assertThat(one).as("mean and deviation").isBetween(1.2, 1.35);
		assertThat(hundred).isBetween(1.01, 1.05);
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
