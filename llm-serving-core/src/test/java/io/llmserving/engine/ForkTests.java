package io.llmserving.engine;

import java.util.Arrays;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.llmserving.api.SamplingParameters;
import io.llmserving.engine.Counters.Kind;

import static org.assertj.core.api.Assertions.assertThat;

class ForkTests {

	private static final int B = 4;

	private static int[] prompt(int length) {
		int[] prompt = new int[length];
		Arrays.setAll(prompt, (i) -> 1 + i * 5 % 59);
		return prompt;
	}

	private static SamplingParameters choices(int n, int tokens) {
		return SamplingParameters.builder().n(n).maxTokens(tokens).build();
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3 })
	void choicesForkAtEveryOffsetOfABlockAndComputeThePromptOnce(int depth) {
		for (int length = 1; length <= 3 * B + 1; length++) {
			CoreFixture engine = new CoreFixture(new CoreFixture.Shape(60, B, depth));
			Client client = engine.submit(prompt(length), choices(3, 9));
			engine.run();
			for (int choice = 0; choice < 3; choice++) {
				assertThat(client.await().ids(choice)).as("choice %d of a prompt of %d", choice, length)
					.isEqualTo(ScriptedModel.answer(prompt(length), choice, 9, 60));
			}
			assertThat(engine.get(Kind.FORKS)).isEqualTo(2);
			assertThat(engine.get(Kind.PROMPT_TOKENS)).isEqualTo(length);
			assertThat(client.completed().usage().promptTokens()).isEqualTo(length);
			assertThat(client.completed().usage().completionTokens()).isEqualTo(27);
			engine.assertIdle();
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3 })
	void choicesThatFindNoRowFollowWithAHit(int depth) {
		CoreFixture engine = new CoreFixture(new CoreFixture.Shape(60, B, depth).rows(2));
		Client client = engine.submit(prompt(14), choices(5, 6));
		engine.run();
		for (int choice = 0; choice < 5; choice++) {
			assertThat(client.await().ids(choice)).isEqualTo(ScriptedModel.answer(prompt(14), choice, 6, 60));
		}
		assertThat(engine.get(Kind.FORKS)).isOne();
		assertThat(engine.get(Kind.PREFIX_HITS)).isEqualTo(3 * 12);
		engine.assertIdle();
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3 })
	void forksArePreemptedAndGoOn(int depth) {
		CoreFixture engine = new CoreFixture(new CoreFixture.Shape(12, B, depth).windows(0, 6));
		Client client = engine.submit(prompt(11), choices(4, 10));
		engine.run();
		for (int choice = 0; choice < 4; choice++) {
			assertThat(client.await().ids(choice)).isEqualTo(ScriptedModel.answer(prompt(11), choice, 10, 60));
		}
		assertThat(engine.get(Kind.PREEMPTIONS)).isPositive();
		assertThat(engine.get(Kind.FORKS)).isPositive();
		engine.assertIdle();
	}

}
