package io.llmserving.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.llmserving.api.GenerationRequest;
import io.llmserving.api.InvalidRequestException;
import io.llmserving.api.SamplingParameters;
import io.llmserving.engine.Counters.Kind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SchedulingTests {

	private static int[] prompt(int length, int first) {
		int[] prompt = new int[length];
		Arrays.setAll(prompt, (i) -> 1 + (i * 7 + first) % 59);
		return prompt;
	}

	private static GenerationRequest request(int[] prompt, int tokens, int priority) {
		return GenerationRequest.tokens(prompt)
			.sampling(SamplingParameters.builder().maxTokens(tokens).build())
			.priority(priority)
			.build();
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3 })
	void whoArrivedFirstEndsFirstWhateverIsPreempted(int depth) {
		CoreFixture engine = new CoreFixture(new CoreFixture.Shape(16, 4, depth));
		List<Client> order = new ArrayList<>();
		List<Client> clients = new ArrayList<>();
		for (int i = 0; i < 8; i++) {
			clients.add(engine.submit(prompt(10, i * 3), 20));
			engine.now++;
		}
		while (engine.core.busy()) {
			long before = engine.get(Kind.FINISHED);
			engine.turn();
			if (engine.get(Kind.FINISHED) > before) {
				clients.stream()
					.filter((client) -> !order.contains(client))
					.limit(engine.get(Kind.FINISHED) - before)
					.forEach((client) -> order.add(client.await()));
			}
		}
		assertThat(engine.get(Kind.PREEMPTIONS)).isPositive().isLessThan(80);
		assertThat(order).containsExactlyElementsOf(clients);
	}

	@Test
	void theFirstOfAllIsNeverPreempted() {
		CoreFixture engine = new CoreFixture(new CoreFixture.Shape(12, 4, 1));
		Client first = engine.submit(prompt(20, 0), 24);
		for (int i = 1; i < 5; i++) {
			engine.now++;
			engine.submit(prompt(8, i), 24);
		}
		engine.run();
		assertThat(first.await().completed().timings().preemptions()).isZero();
		assertThat(engine.get(Kind.PREEMPTIONS)).isPositive();
	}

	@Test
	void lowPriorityGoesFirstUntilOthersHaveWaitedLonger() {
		CoreFixture engine = new CoreFixture(new CoreFixture.Shape(40, 4, 1).rows(1));
		engine.submit(request(prompt(4, 0), 3, 0), new Client(true));
		engine.turn();
		Client later = engine.submit(request(prompt(4, 1), 3, 1), new Client(true));
		engine.now++;
		Client sooner = engine.submit(request(prompt(4, 2), 3, 0), new Client(true));
		while (!later.hasEnded() && engine.get(Kind.FINISHED) < 2) {
			engine.turn();
		}
		assertThat(sooner.await().ids(0)).hasSize(3);
		assertThat(later.hasEnded()).isFalse();
		engine.run();
	}

	@Test
	void endlessHighPriorityDoesNotStarveLow() {
		Heard heard = new Heard();
		CoreFixture engine = new CoreFixture(new CoreFixture.Shape(40, 4, 1).rows(2), List.of(heard));
		for (int i = 0; i < 6; i++) {
			engine.submit(request(prompt(4, i), 3, 0), new Client(true));
		}
		engine.turn();
		Client low = engine.submit(request(prompt(5, 1), 3, 3), new Client(true));
		long start = engine.now;
		for (int turn = 0; turn < 1000 && !heard.log.contains("finished LENGTH 5 3"); turn++) {
			if (engine.inbox.waiting() < 5) {
				engine.submit(request(prompt(4, turn), 3, 0), new Client(true));
			}
			engine.turn();
			engine.now += 500_000_000L;
		}
		assertThat(low.await().ids(0)).hasSize(3);
		assertThat(Duration.ofNanos(engine.now - start)).isBetween(Duration.ofSeconds(28), Duration.ofSeconds(60));
	}

	@Test
	void anOversizedHeadIsPassedABoundedNumberOfTimes() {
		Heard heard = new Heard();
		CoreFixture engine = new CoreFixture(new CoreFixture.Shape(20, 4, 1).rows(4), List.of(heard));
		String end = "finished LENGTH 70 2";
		engine.submit(prompt(30, 0), 10);
		engine.turn();
		Client large = engine.submit(prompt(70, 5), 2);
		List<Client> small = new ArrayList<>();
		boolean passed = false;
		for (int i = 0; i < 400 && !heard.log.contains(end); i++) {
			if (engine.inbox.waiting() < 4) {
				engine.now++;
				small.add(engine.submit(prompt(5, i), 6));
			}
			engine.turn();
			passed |= engine.get(Kind.FINISHED) > 1 && !heard.log.contains(end);
		}
		assertThat(passed).as("small ones went first").isTrue();
		assertThat(large.await().ids(0)).hasSize(2);
		assertThat(small).hasSizeLessThan(80);
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3 })
	void aStepNeverExceedsItsTokensAndAlwaysFinishesWork(int depth) {
		CoreFixture engine = new CoreFixture(new CoreFixture.Shape(64, 4, depth).tokens(5));
		for (int i = 0; i < 6; i++) {
			engine.submit(prompt(17 + i, i), 9);
		}
		int most = 0;
		while (engine.core.busy()) {
			long steps = engine.get(Kind.STEPS);
			engine.turn();
			assertThat(engine.get(Kind.STEPS)).isEqualTo(steps + 1);
			most = Math.max(most, engine.runner().lastTokens);
		}
		assertThat(most).isEqualTo(5);
	}

	@Test
	void aPoolTooSmallForBothFinishesWithBoundedPreemptions() {
		CoreFixture engine = new CoreFixture(new CoreFixture.Shape(10, 4, 1));
		Client first = engine.submit(prompt(12, 0), 12);
		Client second = engine.submit(prompt(12, 3), 12);
		engine.run();
		assertThat(first.await().ids(0)).isEqualTo(ScriptedModel.answer(prompt(12, 0), 0, 12, 60));
		assertThat(second.await().ids(0)).isEqualTo(ScriptedModel.answer(prompt(12, 3), 0, 12, 60));
		assertThat(engine.get(Kind.PREEMPTIONS)).isBetween(1L, 2L);
	}

	@Test
	void aPromptThatCannotFitAnEmptyPoolIsRefused() {
		CoreFixture engine = new CoreFixture(new CoreFixture.Shape(10, 4, 1).windows(0, 5));
		assertThatThrownBy(() -> engine.submit(prompt(21, 0), 1)).isInstanceOf(InvalidRequestException.class)
			.hasMessageContaining("maximum context length is 20 tokens");
	}

	@Test
	void aFullHitLeavesOneTokenToCompute() {
		CoreFixture engine = new CoreFixture(new CoreFixture.Shape(40, 4, 1));
		for (int length : new int[] { 7, 8, 9 }) {
			int[] prompt = prompt(length, length);
			engine.submit(prompt, 2);
			engine.run();
			long computed = engine.get(Kind.PROMPT_TOKENS);
			Client again = engine.submit(prompt, 2);
			engine.run();
			int cached = (length - 1) / 4 * 4;
			assertThat(again.await().completed().usage().cachedTokens()).isEqualTo(cached);
			assertThat(engine.get(Kind.PROMPT_TOKENS) - computed).isEqualTo(length - cached);
		}
	}

	@Test
	void generatedBlocksAreHitButNotAcrossSalts() {
		CoreFixture engine = new CoreFixture(new CoreFixture.Shape(40, 4, 1));
		int[] prompt = prompt(6, 0);
		engine.submit(prompt, 8);
		engine.run();
		int[] longer = Arrays.copyOf(prompt, 15);
		System.arraycopy(ScriptedModel.answer(prompt, 0, 8, 60), 0, longer, 6, 8);
		longer[14] = 5;
		SamplingParameters one = SamplingParameters.builder().maxTokens(1).build();
		Client same = engine.submit(longer, one);
		Client other = engine.submit(GenerationRequest.tokens(longer).sampling(one).cacheSalt("other").build(),
				new Client(true));
		engine.run();
		assertThat(same.await().completed().usage().cachedTokens()).isEqualTo(12);
		assertThat(other.await().completed().usage().cachedTokens()).isZero();
	}

	@Test
	void aRunningSequenceOfManyTokensLeavesRowsToOthers() {
		CoreFixture engine = new CoreFixture(new CoreFixture.Shape(64, 4, 2).rows(3));
		List<Client> clients = new ArrayList<>();
		for (int i = 0; i < 9; i++) {
			clients.add(engine.submit(prompt(5, i), 5));
		}
		engine.turn();
		assertThat(Objects.requireNonNull(engine.core.scheduler()).running).hasSize(3);
		engine.run();
		clients.forEach((client) -> assertThat(client.await().ids(0)).hasSize(5));
	}

}
