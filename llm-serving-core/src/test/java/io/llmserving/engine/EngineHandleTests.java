package io.llmserving.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import io.llmserving.api.CacheMap.Use;
import io.llmserving.api.EngineFailedException;
import io.llmserving.api.EngineInfo;
import io.llmserving.api.EngineState;
import io.llmserving.api.FinishReason;
import io.llmserving.api.Generation;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.InvalidRequestException;
import io.llmserving.api.SamplingParameters;
import io.llmserving.api.ShuttingDownException;
import io.llmserving.runtime.StepLimits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

class EngineHandleTests {

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	private final List<ScriptedRunner> runners = new ArrayList<>();

	private final EngineSettings settings = new EngineSettings(6, 16, 64, Duration.ofMinutes(1), PATIENCE, PATIENCE,
			1000, true, SamplingParameters.defaults(), 3, Duration.ofMillis(1), Duration.ofMillis(5));

	private final EngineHandle engine = new EngineHandle("scripted", this.settings, List.of(), (change) -> {
	}, () -> false);

	@AfterEach
	void close() {
		this.engine.close();
	}

	@ParameterizedTest
	@ValueSource(longs = { 1, 2, 3, 4, 5, 6, 7, 8 })
	void answersDoNotDependOnBatchHitsAndPreemption(long seed) {
		Random random = new Random(seed);
		int blockSize = 1 + random.nextInt(7);
		load(70 / blockSize * 2, blockSize, 2, -1);
		List<int[]> prompts = new ArrayList<>();
		for (int i = 0; i < 24; i++) {
			int shared = random.nextInt(20);
			prompts.add(random.ints(1 + shared + random.nextInt(6), 0, 50).toArray());
			for (int j = 0; j < shared; j++) {
				prompts.get(i)[j] = j;
			}
		}
		List<Generation> answers = Flux.fromIterable(prompts)
			.flatMapSequential((p) -> this.engine.complete(request(p, 20).build()), 24)
			.collectList()
			.block(PATIENCE);
		assertThat(answers).as("seed %d", seed).hasSize(24);
		for (int i = 0; i < 24; i++) {
			assertThat(ids(answers.get(i))).as("seed %d, request %d", seed, i).isEqualTo(expected(prompts.get(i), 20));
		}
		assertThat(this.runners.get(0).largestBatch).isGreaterThan(1);
		assertThat(this.engine.statistics().prefixHitTokens()).isPositive();
		assertThat(this.engine.statistics().preemptions()).isPositive();
		awaitUnused();
	}

	@Test
	void noRequestIsLeftBehindWhenTheEngineIsAboutToSleep() {
		load(60, 4, 1, -1);
		Random random = new Random(11);
		for (int i = 0; i < 4000; i++) {
			// Arrives at a random moment of the engine's way into its sleep.
			for (int spin = random.nextInt(2000); spin > 0; spin--) {
				Thread.onSpinWait();
			}
			Generation answer = this.engine.complete(request(new int[] { i % 40, 7 }, 1).build()).block(PATIENCE);
			assertThat(answer).isNotNull();
		}
		assertThat(this.engine.statistics().requestsFinished()).isEqualTo(4000);
	}

	@Test
	void choicesOfOneRequestAreAllAnswered() {
		load(60, 4, 1, -1);
		SamplingParameters three = SamplingParameters.builder().n(3).maxTokens(7).build();
		Generation answer = this.engine.call(request(new int[] { 1, 2, 3, 4, 5, 6 }, 7).sampling(three).build());
		assertThat(answer.choices()).hasSize(3).allMatch((choice) -> choice.tokens().size() == 7);
		assertThat(answer.usage().completionTokens()).isEqualTo(21);
	}

	@Test
	void cancellingFreesBlocksWhileOthersRun() {
		load(200, 4, 1, -1);
		this.runners.get(0).script = (plan) -> LockSupport.parkNanos(500_000);
		this.engine.generate(request(new int[] { 1, 2, 3 }, 400).build()).take(3).blockLast(PATIENCE);
		awaitUnused();
		assertThat(this.engine.statistics().requestsCancelled()).isOne();
	}

	@Test
	void sequencesGoOnAfterAFailedStep() {
		load(200, 4, 1, 6);
		List<Generation> answers = Flux.just(new int[] { 1, 2 }, new int[] { 3, 4 }, new int[] { 5, 6 })
			.flatMapSequential((p) -> this.engine.complete(request(p, 12).build()).onErrorComplete())
			.collectList()
			.block(PATIENCE);
		assertThat(this.engine.statistics().restarts()).isOne();
		for (Generation answer : answers) {
			assertThat(answer.choices().get(0).tokens()).hasSize(12);
		}
	}

	@Test
	void aStopStringOverTokenBordersEndsTheText() {
		load(60, 4, 1, -1);
		String whole = this.engine.call(request(new int[] { 9 }, 12).build()).text();
		String stop = whole.substring(5, 8);
		SamplingParameters sampling = SamplingParameters.builder().maxTokens(12).stop(stop).build();
		Generation cut = this.engine.call(request(new int[] { 9 }, 12).sampling(sampling).build());
		assertThat(cut.text()).isEqualTo(whole.substring(0, whole.indexOf(stop)));
		assertThat(cut.choices().get(0).reason()).isEqualTo(FinishReason.STOP);
		assertThat(cut.choices().get(0).stopSequence()).isEqualTo(stop);
	}

	@Test
	void aPromptBeyondTheContextIsRefused() {
		load(10, 4, 1, -1);
		assertThatThrownBy(() -> this.engine.call(request(new int[40], 1).build()))
			.isInstanceOf(InvalidRequestException.class)
			.hasMessageContaining("maximum context length is 40 tokens");
	}

	@Test
	void drainingLetsRequestsFinishAndRefusesNewOnes() throws InterruptedException {
		load(200, 4, 1, -1);
		this.runners.get(0).script = (plan) -> LockSupport.parkNanos(200_000);
		Client client = subscribe(40);
		await().until(() -> !client.events().isEmpty());
		this.engine.drain(PATIENCE);
		assertThat(client.hasEnded()).isTrue();
		assertThat(client.await().ids(0)).hasSize(40);
		assertThatThrownBy(() -> this.engine.call(request(new int[] { 1 }, 1).build())).isInstanceOfSatisfying(
				ShuttingDownException.class,
				(refusal) -> assertThat(refusal.retryAfter()).isEqualTo(Duration.ofSeconds(5)));
	}

	@Test
	void whatTakesLongerThanTheDrainEndsWithAnError() throws InterruptedException {
		load(200, 4, 1, -1);
		this.runners.get(0).script = (plan) -> LockSupport.parkNanos(2_000_000);
		Client client = subscribe(700);
		await().until(() -> !client.events().isEmpty());
		this.engine.drain(Duration.ofMillis(20));
		assertThat(client.await().error()).isInstanceOf(ShuttingDownException.class);
		await().until(() -> this.engine.statistics().blocksUsed() == 0);
	}

	@Test
	void noRequestIsLostThatComesWhileTheModelIsLoadedAgain() throws InterruptedException {
		load(200, 4, 1, -1);
		AtomicBoolean done = new AtomicBoolean();
		Mono<List<Generation>> answers = Flux.range(0, 3)
			.flatMap((lane) -> Mono.fromCallable(() -> this.engine.call(request(new int[] { 1, lane }, 2).build()))
				.repeat(() -> !done.get())
				.subscribeOn(Schedulers.boundedElastic()))
			.collectList();
		CompletableFuture<List<Generation>> heard = answers.toFuture();
		for (int i = 0; i < 200; i++) {
			this.engine.unload(PATIENCE, true);
			this.engine.loading();
			load(200, 4, 1, -1);
		}
		done.set(true);
		assertThat(heard).succeedsWithin(PATIENCE).asInstanceOf(InstanceOfAssertFactories.LIST).isNotEmpty();
	}

	@Test
	void closingEndsStreamsWithAnError() {
		load(200, 4, 1, -1);
		this.runners.get(0).script = (plan) -> LockSupport.parkNanos(2_000_000);
		Client client = subscribe(700);
		await().until(() -> !client.events().isEmpty());
		this.engine.close();
		assertThat(client.await().error()).isInstanceOf(ShuttingDownException.class);
		assertThat(this.runners.get(0).closedAt).isPositive();
	}

	@Test
	void aSubscriberThatBlocksHoldsNobodyElse() throws InterruptedException {
		load(200, 4, 1, -1);
		CountDownLatch release = new CountDownLatch(1);
		CountDownLatch blocked = new CountDownLatch(3);
		for (int i = 0; i < 3; i++) {
			this.engine.generate(request(new int[] { 5, i }, 30).build()).subscribe((event) -> {
				blocked.countDown();
				awaitUninterruptibly(release);
			});
		}
		assertThat(blocked.await(20, TimeUnit.SECONDS)).isTrue();
		assertThat(this.engine.call(request(new int[] { 1, 2 }, 30).build()).choices().get(0).tokens()).hasSize(30);
		assertThat(release.getCount()).isOne();
		release.countDown();
	}

	private static void awaitUninterruptibly(CountDownLatch latch) {
		awaitFor(latch, PATIENCE);
	}

	private static void awaitFor(CountDownLatch latch, Duration patience) {
		try {
			latch.await(patience.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Test
	void signalsNeverComeOnTheEnginesThread() {
		load(200, 4, 1, -1);
		Set<String> threads = ConcurrentHashMap.newKeySet();
		this.engine.generate(request(new int[] { 1 }, 50).build())
			.doOnEach((signal) -> threads.add(Thread.currentThread().getName()))
			.blockLast(PATIENCE);
		assertThat(threads).isNotEmpty().noneMatch((name) -> name.startsWith("llm-engine"));
	}

	@Test
	void aSubscriberThatThrowsIsCancelledAndOthersGoOn() {
		load(200, 4, 1, -1);
		CountDownLatch broken = new CountDownLatch(3);
		// None may be done before its subscriber is told of the first token.
		this.runners.get(0).script = (plan) -> awaitFor(broken, Duration.ofMillis(20));
		for (int i = 0; i < 3; i++) {
			this.engine.generate(request(new int[] { 1, i }, 700).build()).subscribe(new CoreSubscriber<>() {
				@Override
				public void onSubscribe(Subscription subscription) {
					subscription.request(Long.MAX_VALUE);
				}

				@Override
				public void onNext(GenerationEvent event) {
					broken.countDown();
					throw new LinkageError("broken on purpose");
				}

				@Override
				public void onError(Throwable error) {
				}

				@Override
				public void onComplete() {
				}
			});
		}
		assertThat(this.engine.call(request(new int[] { 3, 4 }, 30).build()).choices().get(0).tokens()).hasSize(30);
		await().until(() -> this.engine.statistics().requestsCancelled() == 3);
		awaitUnused();
	}

	@Test
	void aStepThatHangsShowsInTheStatistics() throws InterruptedException {
		load(200, 4, 1, -1);
		CountDownLatch release = new CountDownLatch(1);
		assertThat(this.engine.statistics().lastStepAge()).isZero();
		this.runners.get(0).script = (plan) -> awaitUninterruptibly(release);
		Client client = subscribe(3);
		await().until(() -> this.engine.statistics().lastStepAge() > Duration.ofMillis(50).toNanos());
		release.countDown();
		assertThat(client.await().ids(0)).hasSize(3);
		await().until(() -> this.engine.statistics().lastStepAge() == 0);
	}

	@Test
	void anEngineThatFailedForGoodAnswersWithTheReason() {
		load(200, 4, 1, -1);
		this.runners.get(0).script = (plan) -> {
			throw new AssertionError("broken beyond repair");
		};
		assertThatThrownBy(() -> this.engine.call(request(new int[] { 1 }, 1).build()))
			.isInstanceOf(EngineFailedException.class)
			.hasMessageContaining("broken beyond repair");
		await().until(() -> this.engine.state() == EngineState.FAILED);
		assertThatThrownBy(() -> this.engine.call(request(new int[] { 1 }, 1).build()))
			.isInstanceOf(EngineFailedException.class);
	}

	@Test
	void theMapOfTheCacheShowsWhatIsSharedAndWhatIsLeft() {
		load(200, 4, 1, -1);
		assertThat(this.engine.cacheMap().blocks()).isZero();
		// Drawn by a thread that sleeps.
		await().until(() -> this.engine.cacheMap().blocks() == 200);
		assertThat(uses()).containsOnlyKeys(Use.FREE);
		this.runners.get(0).script = (plan) -> LockSupport.parkNanos(500_000);
		SamplingParameters two = SamplingParameters.builder().n(2).maxTokens(600).build();
		Client client = new Client(true);
		this.engine.generate(request(new int[] { 1, 2, 3, 4, 5, 6, 7, 8 }, 600).sampling(two).build())
			.subscribe(client);
		await().until(() -> this.engine.cacheMap().shared() == 2);
		await().until(() -> uses().containsKey(Use.HELD));
		client.cancel();
		await().until(() -> this.engine.cacheMap().shared() == 0 && !uses().containsKey(Use.HELD));
		assertThat(uses().get(Use.CACHED)).isGreaterThanOrEqualTo(2);
		this.engine.close();
		assertThat(this.engine.cacheMap().blocks()).isZero();
	}

	private Map<Use, Long> uses() {
		byte[] cells = this.engine.cacheMap().cells();
		return IntStream.range(0, cells.length)
			.mapToObj((cell) -> Use.values()[cells[cell]])
			.collect(Collectors.groupingBy((use) -> use, Collectors.counting()));
	}

	private Client subscribe(int tokens) {
		Client client = new Client(true);
		this.engine.generate(request(new int[] { 1, 2, 3 }, tokens).build()).subscribe(client);
		return client;
	}

	private void awaitUnused() {
		long until = System.nanoTime() + PATIENCE.toNanos();
		while (this.engine.statistics().blocksUsed() > 0 && System.nanoTime() < until) {
			Thread.onSpinWait();
		}
		assertThat(this.engine.statistics().blocksUsed()).isZero();
	}

	private void load(int blocks, int blockSize, int groups, int failAt) {
		StepLimits limits = new StepLimits(16, 6, 8, 6, blocks, blockSize, 1000 / blockSize, groups, 1, 60, 20);
		int[] windows = (groups == 1) ? new int[] { 0 } : new int[] { 0, 9 };
		EngineInfo info = new EngineInfo("scripted", "none", "none", 0, 1000, 60, "none", 0, blocks, blockSize, 0, "",
				Map.of());
		this.engine.loaded(new LoadedModel(() -> {
			ScriptedRunner runner = new ScriptedRunner(limits, windows);
			if (this.runners.isEmpty() && failAt > 0) {
				runner.script = (plan) -> {
					if (runner.steps == failAt) {
						throw new IllegalStateException("step was told to fail");
					}
				};
			}
			this.runners.add(runner);
			return runner;
		}, windows, new Letters(), new int[] { 0 }, SamplingParameters.defaults(), info, "1", () -> {
		}));
	}

	private static GenerationRequest.Builder request(int[] prompt, int tokens) {
		return GenerationRequest.tokens(prompt).sampling(SamplingParameters.builder().maxTokens(tokens).build());
	}

	private static List<Integer> ids(Generation answer) {
		return answer.choices().get(0).tokens().stream().map((token) -> token.id()).toList();
	}

	private static List<Integer> expected(int[] prompt, int count) {
		return IntStream.of(ScriptedModel.answer(prompt, 0, count, 60)).boxed().toList();
	}

}
