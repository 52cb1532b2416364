package io.llmserving.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.llmserving.api.EngineFailedException;
import io.llmserving.api.EngineState;
import io.llmserving.engine.Counters.Kind;
import io.llmserving.runtime.StepPlan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class RecoveryTests {

	/** A token that the model never chooses. */
	private static final int POISON = 0;

	private static CoreFixture engine(int depth) {
		return new CoreFixture(new CoreFixture.Shape(200, 4, depth));
	}

	private static void failAt(CoreFixture engine, int step) {
		ScriptedRunner runner = engine.runner();
		runner.script = (plan) -> {
			if (runner.steps == step) {
				throw new IllegalStateException("step %d was told to fail".formatted(step));
			}
		};
	}

	private static boolean computes(StepPlan plan, int token) {
		for (int i = 0; i < plan.tokens().count(); i++) {
			if (plan.tokens().get(i, 0) == token) {
				return true;
			}
		}
		return false;
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3 })
	void everybodyGoesOnAfterAFailedStep(int depth) {
		CoreFixture engine = engine(depth);
		failAt(engine, 9);
		List<int[]> prompts = List.of(new int[] { 1, 2, 3 }, new int[] { 4 }, new int[] { 5, 6, 7, 8, 9, 10 });
		List<Client> clients = prompts.stream().map((prompt) -> engine.submit(prompt, 20)).toList();
		engine.run();
		for (int i = 0; i < prompts.size(); i++) {
			assertThat(clients.get(i).await().ids(0)).isEqualTo(ScriptedModel.answer(prompts.get(i), 0, 20, 60));
		}
		assertThat(engine.get(Kind.RESTARTS)).isOne();
		assertThat(engine.runners.get(0).largestFlight).isEqualTo(depth);
		assertThat(engine.states).containsExactly(EngineState.RESTARTING, EngineState.READY);
		engine.assertIdle();
	}

	@Test
	void nothingOfTheFailedRunnerSurvives() {
		CoreFixture engine = engine(2);
		int[] prompt = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
		engine.submit(prompt, 12);
		failAt(engine, 6);
		while (engine.cache() != null) {
			engine.turn();
		}
		assertThat(engine.runner().closedAt).isEqualTo(6);
		assertThat(engine.get(Kind.BLOCKS_CACHED)).isZero();
		engine.now += 10_000_000;
		engine.turn();
		assertThat(Objects.requireNonNull(engine.cache()).cached()).isZero();
		engine.run();
		assertThat(engine.get(Kind.PREFIX_HITS)).isZero();
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3 })
	void aPoisonousRequestFailsAlone(int depth) {
		CoreFixture engine = engine(depth);
		engine.prepare(RecoveryTests::poison);
		List<int[]> prompts = new ArrayList<>();
		for (int i = 1; i <= 5; i++) {
			prompts.add(new int[] { i, i + 1, i + 2 });
		}
		int[] bad = new int[40];
		Arrays.fill(bad, 3);
		bad[37] = POISON;
		List<Client> clients = prompts.stream().map((prompt) -> engine.submit(prompt, 30)).toList();
		Client poisonous = engine.submit(bad, 30);
		while (engine.core.busy()) {
			engine.turn();
			engine.now += 10_000_000;
		}
		assertThat(poisonous.await().error()).isInstanceOf(EngineFailedException.class).hasMessageContaining("twice");
		for (int i = 0; i < prompts.size(); i++) {
			Client client = clients.get(i).await();
			assertThat(client.error()).isNull();
			assertThat(client.ids(0)).isEqualTo(ScriptedModel.answer(prompts.get(i), 0, 30, 60));
		}
		assertThat(engine.get(Kind.RESTARTS)).isEqualTo(2);
		assertThat(engine.get(Kind.FAILED)).isOne();
	}

	private static void poison(ScriptedRunner runner) {
		runner.script = (plan) -> {
			if (computes(plan, POISON)) {
				throw new IllegalStateException("poison");
			}
		};
	}

	@Test
	void logitsThatAreNotFiniteFailOneRequest() {
		CoreFixture engine = engine(2);
		engine.runner().notFiniteAfter = POISON;
		Client good = engine.submit(new int[] { 1, 2, 3 }, 1);
		Client bad = engine.submit(new int[] { 4, 5, POISON }, 10);
		engine.run();
		assertThat(good.await().ids(0)).hasSize(1);
		assertThat(bad.await().error()).isInstanceOf(EngineFailedException.class).hasMessageContaining("not finite");
		assertThat(engine.get(Kind.RESTARTS)).isZero();
		engine.assertIdle();
	}

	@Test
	void aCancellationIsHeardWhileTheEngineRestarts() {
		CoreFixture engine = engine(1);
		failAt(engine, 3);
		Client client = engine.submit(new int[] { 1, 2 }, 10);
		while (engine.cache() != null) {
			engine.turn();
		}
		client.cancel();
		assertThat(engine.turn()).isPositive();
		assertThat(engine.get(Kind.CANCELLED)).isOne();
		assertThat(engine.core.busy()).isFalse();
	}

	@Test
	void anEngineThatAlwaysFailsGivesUp() {
		CoreFixture engine = engine(1);
		engine.prepare(RecoveryTests::poison);
		for (int i = 0; i < 8; i++) {
			engine.submit(new int[] { POISON, i }, 4);
		}
		assertThatIllegalStateException().isThrownBy(() -> {
			while (engine.core.busy()) {
				engine.turn();
				engine.now += 10_000_000;
			}
		}).withMessageContaining("4 failures in a row");
	}

}
