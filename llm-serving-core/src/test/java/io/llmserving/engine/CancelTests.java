package io.llmserving.engine;

import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.llmserving.api.DeadlineExceededException;
import io.llmserving.api.FinishReason;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.SamplingParameters;
import io.llmserving.api.SlowConsumerException;
import io.llmserving.engine.Counters.Kind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class CancelTests {

	private static final int[] OTHER = { 7, 7, 7 };

	private static int[] prompt(int length) {
		int[] prompt = new int[length];
		Arrays.setAll(prompt, (i) -> 1 + i % 50);
		return prompt;
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3 })
	void aCancelledRequestLeavesWithinOneStepWhileOthersRun(int depth) {
		for (int turns = 0; turns < 30; turns++) {
			CoreFixture engine = new CoreFixture(new CoreFixture.Shape(60, 4, depth).tokens(8));
			Client other = engine.submit(OTHER, 60);
			Client client = engine.submit(prompt(30), SamplingParameters.builder().maxTokens(20).n(2).build());
			for (int i = 0; i < turns; i++) {
				engine.turn();
			}
			boolean ran = engine.get(Kind.FINISHED) > 0;
			client.cancel();
			engine.turn();
			assertThat(sequences(engine)).as("after %d turns", turns).isOne();
			long generated = engine.get(Kind.GENERATED_TOKENS);
			for (int i = 1; i < depth; i++) {
				engine.turn();
			}
			int planned = Objects.requireNonNull(engine.core.scheduler()).running.get(0).planned;
			assertThat(engine.get(Kind.BLOCKS_USED)).as("after %d turns", turns).isEqualTo((planned + 3) / 4);
			assertThat(engine.get(Kind.GENERATED_TOKENS) - generated).isLessThanOrEqualTo(depth - 1);
			assertThat(engine.get(Kind.CANCELLED)).isEqualTo(ran ? 0 : 1);
			engine.run();
			assertThat(other.await().ids(0)).isEqualTo(ScriptedModel.answer(OTHER, 0, 60, 60));
			engine.assertIdle();
		}
	}

	private static int sequences(CoreFixture engine) {
		Scheduler scheduler = Objects.requireNonNull(engine.core.scheduler());
		return scheduler.running.size() + scheduler.waiting.size();
	}

	@Test
	void oneOfTwoEqualPromptsIsCancelledMidway() {
		CoreFixture engine = new CoreFixture(new CoreFixture.Shape(60, 4, 2).tokens(8));
		Client first = engine.submit(prompt(21), 10);
		Client second = engine.submit(prompt(21), 10);
		engine.turn();
		engine.turn();
		first.cancel();
		engine.run();
		assertThat(second.await().ids(0)).isEqualTo(ScriptedModel.answer(prompt(21), 0, 10, 60));
		assertThat(engine.get(Kind.CANCELLED)).isOne();
		engine.assertIdle();
	}

	@Test
	void aDeadlineThatPassesInTheQueueCostsNothing() {
		CoreFixture engine = new CoreFixture(new CoreFixture.Shape(60, 4, 1).rows(1));
		engine.submit(OTHER, 40);
		engine.turn();
		long computed = engine.get(Kind.PROMPT_TOKENS);
		Client late = engine.submit(GenerationRequest.tokens(1, 2)
			.deadline(Duration.ofMillis(1))
			.sampling(SamplingParameters.builder().maxTokens(5).build())
			.build(), new Client(true));
		engine.now += 2_000_000;
		engine.run();
		assertThat(late.await().error()).isInstanceOf(DeadlineExceededException.class);
		assertThat(late.events()).isEmpty();
		assertThat(engine.get(Kind.PROMPT_TOKENS)).isEqualTo(computed);
		engine.assertIdle();
	}

	@Test
	void aDeadlineForTheFirstTokenEndsWhatHasNoneAndNothingElse() {
		CoreFixture engine = new CoreFixture(new CoreFixture.Shape(60, 4, 1).rows(1));
		GenerationRequest.Builder request = GenerationRequest.tokens(1, 2)
			.firstTokenDeadline(Duration.ofMillis(1))
			.sampling(SamplingParameters.builder().maxTokens(40).build());
		Client first = engine.submit(request.build(), new Client(true));
		engine.turn();
		Client waiting = engine.submit(request.build(), new Client(true));
		engine.now += 2_000_000;
		engine.run();
		assertThat(waiting.await().error()).isInstanceOf(DeadlineExceededException.class)
			.hasMessageContaining("first token");
		assertThat(first.await().error()).isNull();
		engine.assertIdle();
	}

	@Test
	void aDeadlineThatPassesLaterEndsTheStreamWithAnErrorAndItsUsage() {
		CoreFixture engine = new CoreFixture(new CoreFixture.Shape(60, 4, 1));
		Client late = engine.submit(GenerationRequest.tokens(1, 2)
			.deadline(Duration.ofMillis(1))
			.sampling(SamplingParameters.builder().maxTokens(50).build())
			.build(), new Client(true));
		for (int i = 0; i < 5; i++) {
			engine.turn();
		}
		engine.now += 2_000_000;
		engine.run();
		assertThat(late.await().error()).isInstanceOfSatisfying(DeadlineExceededException.class,
				(error) -> assertThat(Objects.requireNonNull(error.partialUsage()).completionTokens()).isEqualTo(5));
	}

	@Test
	void aReaderThatAsksForNothingIsGivenUpAndHoldsNobody() {
		CoreFixture engine = new CoreFixture(new CoreFixture.Shape(60, 4, 1));
		Client asleep = engine.submit(
				GenerationRequest.tokens(1, 2).sampling(SamplingParameters.builder().maxTokens(60).build()).build(),
				new Client(false));
		Client other = engine.submit(OTHER, 60);
		for (int i = 0; i < 20; i++) {
			engine.turn();
		}
		engine.now += Duration.ofSeconds(31).toNanos();
		engine.run();
		assertThat(asleep.await().error()).isInstanceOf(SlowConsumerException.class);
		assertThat(asleep.events()).isEmpty();
		assertThat(other.await().ids(0)).hasSize(60);
		engine.assertIdle();
	}

	@Test
	void everythingThatWasNotReadBecomesOneEvent() {
		CoreFixture engine = new CoreFixture(new CoreFixture.Shape(60, 4, 1));
		Client client = engine.submit(
				GenerationRequest.tokens(1, 2).sampling(SamplingParameters.builder().maxTokens(50).build()).build(),
				new Client(false));
		for (int i = 0; i < 20; i++) {
			engine.turn();
		}
		client.request(2);
		await().untilAsserted(() -> assertThat(client.events()).hasSize(2));
		assertThat(client.ids(0)).hasSize(20);
		engine.run();
		client.request(1);
		await().untilAsserted(() -> assertThat(client.events()).hasSize(3));
		assertThat(client.ids(0)).hasSize(50);
		client.request(5);
		assertThat(client.await().events()).hasSize(5);
		assertThat(client.reason(0)).isEqualTo(FinishReason.LENGTH);
	}

}
