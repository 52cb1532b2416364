package io.llmserving.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

import org.junit.jupiter.api.Test;

import io.llmserving.api.GenerationEvent;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.SamplingParameters;
import io.llmserving.engine.Counters.Kind;

import static org.assertj.core.api.Assertions.assertThat;

class SignalExecutorTests {

	private final CoreFixture engine = new CoreFixture(new CoreFixture.Shape(120, 4, 1));

	private final Queue<Runnable> tasks = new ArrayDeque<>();

	private final Executor loop = this.tasks::add;

	private Client subscribe(int first, Executor executor) {
		return this.engine.submit(request(first), new Client(true).on(executor));
	}

	private static GenerationRequest request(int first) {
		return GenerationRequest.tokens(first, 7, 9)
			.sampling(SamplingParameters.builder().maxTokens(12).build())
			.build();
	}

	private static int[] expected(int first) {
		return ScriptedModel.answer(new int[] { first, 7, 9 }, 0, 12, CoreFixture.VOCABULARY);
	}

	private void runTasks() {
		// Off the engine's thread, as clients demand.
		Thread other = Thread.ofPlatform().start(() -> {
			while (!this.tasks.isEmpty()) {
				this.tasks.remove().run();
			}
		});
		try {
			other.join();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void allStreamsOfAnExecutorAreServedByOneTaskAStep() {
		List<Client> clients = new ArrayList<>();
		for (int i = 0; i < 5; i++) {
			clients.add(subscribe(i, this.loop));
		}
		while (this.engine.core.busy()) {
			long before = this.engine.get(Kind.GENERATED_TOKENS);
			this.engine.turn();
			assertThat(this.tasks).hasSize((this.engine.get(Kind.GENERATED_TOKENS) > before) ? 1 : 0);
			runTasks();
		}
		for (int i = 0; i < 5; i++) {
			assertThat(clients.get(i).await().ids(0)).isEqualTo(expected(i));
		}
		this.engine.assertIdle();
	}

	@Test
	void stepsThatCameBeforeTheExecutorGotToRunCostNoFurtherTask() {
		Client client = subscribe(1, this.loop);
		this.engine.run();
		assertThat(this.tasks).hasSize(1);
		runTasks();
		assertThat(client.await().ids(0)).isEqualTo(expected(1));
		assertThat(client.events(GenerationEvent.Delta.class)).hasSize(1);
	}

	@Test
	void eachOfSeveralExecutorsHasItsOwnStreams() {
		Queue<Runnable> others = new ArrayDeque<>();
		Client here = subscribe(1, this.loop);
		Client there = subscribe(2, others::add);
		this.engine.run();
		assertThat(others).hasSize(1);
		runTasks();
		assertThat(here.await().ids(0)).isEqualTo(expected(1));
		assertThat(there.events()).isEmpty();
		this.tasks.addAll(others);
		runTasks();
		assertThat(there.await().ids(0)).isEqualTo(expected(2));
	}

	@Test
	void anExecutorThatWasShutDownLosesNoSignal() {
		Client client = subscribe(3, (task) -> {
			throw new RejectedExecutionException("shut down");
		});
		this.engine.run();
		assertThat(client.await().ids(0)).isEqualTo(expected(3));
	}

}
