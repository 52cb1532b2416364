package io.llmserving.engine;

import java.util.Random;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class StepCostTests {

	private static final double FIXED = 2_000_000;

	private static final double PER_TOKEN = 150_000;

	private static final double PER_ATTENDED = 60;

	private static double nanos(int tokens, double attended) {
		return FIXED + PER_TOKEN * tokens + PER_ATTENDED * attended;
	}

	private static StepCost learned(long seed) {
		Random random = new Random(seed);
		StepCost cost = new StepCost();
		for (int i = 0; i < 200; i++) {
			int tokens = 1 + random.nextInt(512);
			double attended = tokens * (double) random.nextInt(4000);
			cost.observe(tokens, attended, (long) (nanos(tokens, attended) * (0.97 + 0.06 * random.nextDouble())));
		}
		return cost;
	}

	@Test
	void predictsStepsFromThoseItSaw() {
		StepCost cost = learned(4);
		for (int tokens : new int[] { 1, 32, 300 }) {
			for (int keys : new int[] { 10, 1000, 4000 }) {
				double expected = nanos(tokens, tokens * (double) keys);
				assertThat(cost.predict(tokens, tokens * (double) keys)).isCloseTo(expected,
						within(0.1 * expected + 1_000_000));
			}
		}
	}

	@Test
	void predictsNothingBelowZeroFromStepsThatAreAllTheSame() {
		StepCost cost = new StepCost();
		for (int i = 0; i < 50; i++) {
			cost.observe(8, 800, 3_000_000);
		}
		assertThat(cost.known()).isTrue();
		assertThat(cost.predict(8, 800)).isCloseTo(3_000_000, within(300_000.0));
		assertThat(cost.predict(1, 100)).isNotNegative();
		assertThat(cost.perToken(1000)).isNotNegative();
	}

	@Test
	void followsAMachineThatSlowsDown() {
		StepCost cost = learned(5);
		Random random = new Random(6);
		for (int i = 0; i < 400; i++) {
			int tokens = 1 + random.nextInt(512);
			cost.observe(tokens, tokens * 100.0, (long) (3 * nanos(tokens, tokens * 100.0)));
		}
		assertThat(cost.predict(100, 10_000)).isCloseTo(3 * nanos(100, 10_000), within(0.1 * 3 * nanos(100, 10_000)));
	}

	@Test
	void aPromptAboutDoublesTheStepOfThoseWhoDecode() {
		StepBudget budget = new StepBudget(512, learned(7));
		budget.begin(1);
		assertThat(budget.allow(2000, 0)).as("nobody decodes").isEqualTo(512);
		for (int i = 0; i < 20; i++) {
			budget.spend(1, 1000, true);
		}
		double alone = nanos(20, 20 * 1001);
		int beside = budget.allow(2000, 0);
		assertThat(nanos(20 + beside, 20 * 1001 + beside * beside / 2.0)).isBetween(1.7 * alone, 2 * alone);
		budget.spend(beside, 0, false);
		int second = budget.allow(2000, 0);
		assertThat(nanos(20 + beside + second, 20 * 1001 + beside * beside / 2.0)).as("a second prompt")
			.isLessThan(2 * alone);
		assertThat(budget.allow(2000, 30_000)).as("far into a long prompt").isLessThanOrEqualTo(second);
	}

	@Test
	void manyPromptsArentHeldUpByFewWhoDecode() {
		StepBudget budget = new StepBudget(512, learned(7));
		int[] beside = new int[3];
		for (int i = 0; i < 3; i++) {
			budget.begin(i * 10);
			budget.spend(1, 1000, true);
			budget.spend(1, 1000, true);
			beside[i] = budget.allow(4000, 0);
		}
		double alone = nanos(2, 2 * 1001);
		assertThat(nanos(2 + beside[1], 2 * 1001 + beside[1] * beside[1] / 2.0)).as("five times as many")
			.isBetween(5 * alone, 5.5 * alone);
		assertThat(beside[2]).isGreaterThan(beside[1]);
		assertThat(beside[1]).isGreaterThan(beside[0]);
	}

	@Test
	void aPromptKeepsTheStepNearTheTargetTimeHoweverManyDecode() {
		StepBudget budget = new StepBudget(4096, learned(7));
		budget.begin(1);
		for (int i = 0; i < 256; i++) {
			budget.spend(1, 1000, true);
		}
		int beside = budget.allow(4000, 0);
		double step = nanos(256 + beside, 256 * 1001 + beside * beside / 2.0);
		assertThat((beside > 4096 / 64) ? step : 0).isLessThan(60_000_000.0);
	}

	@Test
	void aPromptGoesOnHoweverSlowTheMachineIs() {
		StepCost slow = new StepCost();
		for (int i = 1; i < 50; i++) {
			slow.observe(i, i, i * 1_000_000_000L);
		}
		StepBudget budget = new StepBudget(512, slow);
		budget.begin(1);
		budget.spend(1, 10, true);
		assertThat(budget.allow(2000, 0)).isEqualTo(8);
		budget.spend(8, 0, false);
		assertThat(budget.allow(2000, 0)).isZero();
		assertThat(budget.allow(1, 10)).isOne();
	}

}
