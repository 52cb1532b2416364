package io.llmserving.test;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import io.llmserving.api.EngineState;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.InvalidRequestException;
import io.llmserving.api.ModelDefinition;
import io.llmserving.api.ModelNotFoundException;
import io.llmserving.api.NotReadyException;
import io.llmserving.api.SamplingParameters;
import io.llmserving.api.ShuttingDownException;
import io.llmserving.serving.Route;
import io.llmserving.serving.LoadProgress;
import io.llmserving.serving.LocalLlmServing;
import io.llmserving.serving.ModelConflictException;
import io.llmserving.serving.ModelPlacement;
import io.llmserving.serving.ModelSettings;
import io.llmserving.serving.ModelSettings.Load;
import io.llmserving.serving.ServingControl.ModelStatus;
import io.llmserving.serving.ServingSettings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/**
 * Models that come, make room and go while the application runs.
 */
class RuntimeModelsTests {

	private static final Duration PATIENCE = Duration.ofMinutes(2);

	private static final String TINY = "classpath:io/llmserving/test/tiny.gguf";

	private static final long CACHE = 2 << 20;

	@TempDir
	static Path directory;

	private final List<ModelSettings> models = new ArrayList<>();

	private final List<Route> routes = new ArrayList<>();

	private LocalLlmServing serving;

	@AfterEach
	void stop() {
		if (this.serving != null) {
			this.serving.close();
		}
	}

	@Test
	void theLongestUnusedModelOnDemandMakesRoom() {
		onDemand("a", "b", "c");
		start(2.2);
		assertThat(answer("a")).isEqualTo("a");
		assertThat(answer("b")).isEqualTo("b");
		assertThat(answer("a")).isEqualTo("a");
		assertThat(states()).isEqualTo("a READY, b READY, c UNLOADED");
		assertThat(answer("c")).isEqualTo("c");
		assertThat(states()).isEqualTo("a READY, b UNLOADED, c READY");
		assertThat(answer("b")).isEqualTo("b");
		assertThat(states()).isEqualTo("a UNLOADED, b READY, c READY");
	}

	@Test
	void pinnedModelsStayAndTheErrorSaysByHowMuchItDoesNotFit() {
		onDemand("a", "b");
		start(1.2);
		answer("a");
		this.serving.pin("a", true);
		assertThatThrownBy(() -> answer("b")).hasMessageContaining("MiB are missing")
			.hasMessageContaining("a: weights 1 MiB, cache 2 MiB");
		assertThat(states()).isEqualTo("a READY, b UNLOADED");
		assertThatThrownBy(() -> this.serving.load("b").block(PATIENCE)).hasMessageContaining("MiB are missing");
		this.serving.pin("a", false);
		this.serving.load("b").block(PATIENCE);
		assertThat(states()).isEqualTo("a UNLOADED, b READY");
	}

	@Test
	void aModelInUseDoesNotMakeRoom() {
		onDemand("a", "b");
		start(1.2);
		BaseSubscriber<GenerationEvent> reader = slowReader();
		CountDownLatch begun = new CountDownLatch(1);
		this.serving.engine("a")
			.generate(request(200).build())
			.doOnNext((event) -> begun.countDown())
			.subscribe(reader);
		await().atMost(PATIENCE).until(() -> begun.getCount() == 0);
		assertThatThrownBy(() -> answer("b")).isInstanceOf(NotReadyException.class)
			.hasMessageContaining("MiB are missing");
		assertThat(states()).isEqualTo("a READY, b UNLOADED");
		assertThat(this.serving.models().get(1).reason()).contains("MiB are missing");
		reader.cancel();
		await().atMost(PATIENCE).until(() -> this.serving.engine("a").statistics().running() == 0);
		assertThat(answer("b")).isEqualTo("b");
		assertThat(states()).isEqualTo("a UNLOADED, b READY");
		assertThat(this.serving.models().get(1).reason()).isNull();
	}

	@Test
	void requestsFollowRoutesThatChangeWhileTheApplicationRuns() {
		model("a", Load.STARTUP, null);
		model("b", Load.STARTUP, null);
		this.routes.add(new Route("org/name", Map.of("a", 1)));
		start(8);
		assertThat(this.serving.names()).containsExactly("a", "b", "org/name");
		assertThat(answer("org/name")).isEqualTo("a");
		this.serving.route(new Route("org/name", Map.of("a", 0, "b", 3)));
		assertThat(answer("org/name")).isEqualTo("b");
		this.serving.route(new Route("split", Map.of("a", 3, "b", 1)));
		Map<String, Integer> shares = new HashMap<>();
		for (int i = 0; i < 4000; i++) {
			shares.merge(this.serving.engine("split").id(), 1, Integer::sum);
		}
		assertThat(shares.get("a")).isBetween(2800, 3200);
		this.serving.removeRoute("org/name");
		assertThatThrownBy(() -> answer("org/name")).isInstanceOf(ModelNotFoundException.class)
			.hasMessageContaining("[a, b, split]");
		assertThatThrownBy(() -> this.serving.route(new Route("a", Map.of("b", 1))))
			.isInstanceOf(InvalidRequestException.class);
		assertThatThrownBy(() -> this.serving.route(new Route("x", Map.of("none", 1))))
			.isInstanceOf(ModelNotFoundException.class);
		assertThatThrownBy(() -> new Route("x", Map.of("a", 0))).hasMessageContaining("leads nowhere");
	}

	@Test
	void theFallbackAnswersForAModelThatCannot() {
		model("a", Load.MANUAL, "b");
		model("b", Load.STARTUP, null);
		start(8);
		this.serving.engine("b").ready().block(PATIENCE);
		assertThat(this.serving.fallback("a")).isSameAs(this.serving.engine("b"));
		assertThat(answer("a")).isEqualTo("b");
		this.serving.load("a").block(PATIENCE);
		assertThat(answer("a")).isEqualTo("a");
	}

	@Test
	void afterTheFirstEventNoFallbackTakesOver() {
		model("a", Load.STARTUP, "b");
		model("b", Load.STARTUP, null);
		start(8);
		this.serving.engine("b").ready().block(PATIENCE);
		List<GenerationEvent> events = Collections.synchronizedList(new ArrayList<>());
		AtomicReference<Throwable> error = new AtomicReference<>();
		this.serving.generate(request(400).model("a").build())
			.doOnNext(events::add)
			.doOnError(error::set)
			.subscribe(slowReader());
		await().atMost(PATIENCE).until(() -> !events.isEmpty());
		this.serving.unload("a", Duration.ZERO).block(PATIENCE);
		await().atMost(PATIENCE).until(() -> error.get() != null);
		assertThat(error.get()).isInstanceOf(ShuttingDownException.class);
		assertThat(events.stream().filter(GenerationEvent.Started.class::isInstance)).hasSize(1);
		assertThat(answer("a")).isEqualTo("b");
	}

	@Test
	void requestsThatComeDuringAReloadWaitForItAndNothingIsLeftBehind() throws Exception {
		model("a", Load.STARTUP, null);
		start(8);
		answer("a");
		long before = this.serving.memory().nativeBytes();
		Flux<String> answers = Flux.range(0, 6)
			.flatMap((i) -> Mono.fromCallable(() -> answer("a"))
				.subscribeOn(reactor.core.scheduler.Schedulers.boundedElastic()));
		Mono<List<String>> during = answers.collectList();
		List<String> heard = Mono.zip(this.serving.reload("a"), during).map((both) -> both.getT2()).block(PATIENCE);
		assertThat(heard).hasSize(6).allMatch("a"::equals);
		assertThat(this.serving.memory().nativeBytes()).isEqualTo(before);
	}

	@Test
	void anUnloadedModelFreesItsMemoryAndRefusesRequestsAtOnce() {
		model("a", Load.MANUAL, null);
		start(8);
		assertThatThrownBy(() -> answer("a")).isInstanceOf(NotReadyException.class)
			.hasMessageContaining("is not loaded");
		this.serving.load("a").block(PATIENCE);
		assertThat(this.serving.memory().plannedBytes()).isPositive();
		answer("a");
		this.serving.unload("a", Duration.ofSeconds(5)).block(PATIENCE);
		assertThat(this.serving.memory().plannedBytes()).isZero();
		assertThatThrownBy(() -> answer("a")).isInstanceOf(NotReadyException.class);
	}

	@Test
	void aModelThatFailedToLoadLoadsOnceItsFileIsThere() throws Exception {
		Path file = directory.resolve("late.gguf");
		Files.deleteIfExists(file);
		model("a", Load.MANUAL, null);
		start(8);
		assertThatThrownBy(
				() -> this.serving.load(new ModelDefinition("late", "file:" + file, Map.of())).block(PATIENCE))
			.isInstanceOf(InvalidRequestException.class);
		try (InputStream tiny = getClass().getResourceAsStream("tiny.gguf")) {
			Files.copy(tiny, file);
		}
		byte[] whole = Files.readAllBytes(file);
		Files.write(file, java.util.Arrays.copyOf(whole, whole.length / 2));
		assertThatThrownBy(
				() -> this.serving.load(new ModelDefinition("late", "file:" + file, Map.of())).block(PATIENCE))
			.hasMessageContaining("late.gguf");
		assertThat(this.serving.engine("late").state()).isEqualTo(EngineState.FAILED);
		assertThat(this.serving.memory().plannedBytes()).isZero();
		Files.write(file, whole);
		this.serving.load("late").block(PATIENCE);
		assertThat(answer("late")).isEqualTo("late");
		assertThatThrownBy(() -> this.serving.load(new ModelDefinition("late", TINY, Map.of())).block(PATIENCE))
			.isInstanceOf(ModelConflictException.class);
	}

	@Test
	void whileModelsWaitForEachOtherTheirProgressIsVisible() throws Exception {
		model("a", Load.STARTUP, null);
		model("b", Load.STARTUP, null);
		create(8);
		CountDownLatch seen = new CountDownLatch(1);
		List<ModelStatus> statuses = Collections.synchronizedList(new ArrayList<>());
		this.serving.changes().filter((change) -> change.model().equals("b")).next().subscribe((change) -> {
			statuses.addAll(this.serving.models());
			seen.countDown();
		});
		this.serving.start();
		assertThat(seen.await(1, TimeUnit.MINUTES)).isTrue();
		ModelStatus b = statuses.get(1);
		assertThat(b.state()).isEqualTo(EngineState.LOADING);
		assertThat(b.progress()).isEqualTo(new LoadProgress(LoadProgress.Phase.WAITING, 0, 0));
		assertThat(b.reason()).contains("waiting for other models");
		this.serving.engine("b").ready().block(PATIENCE);
		assertThat(this.serving.models().get(1).progress()).isNull();
	}

	/** A subscriber that wants the first event only and stays. */
	private static BaseSubscriber<GenerationEvent> slowReader() {
		return new BaseSubscriber<>() {
			@Override
			protected void hookOnSubscribe(Subscription subscription) {
				subscription.request(1);
			}

			@Override
			protected void hookOnError(Throwable error) {
				// Looked at elsewhere.
			}
		};
	}

	private void onDemand(String... ids) {
		for (String id : ids) {
			model(id, Load.ON_DEMAND, null);
		}
	}

	private void model(String id, Load load, String fallback) {
		this.models.add(settings(id, TINY, load, fallback));
	}

	private static ModelSettings settings(String id, String source, Load load, String fallback) {
		return new ModelSettings(id, source, load, false, false, fallback,
				ModelPlacement.of("cpu", 0, true, false, "auto"), 512, CACHE, 16, true,
				new ModelSettings.Scheduling(8, 64, 32, PATIENCE, PATIENCE, PATIENCE),
				SamplingParameters.builder().maxTokens(20).build(),
				new ModelSettings.Restart(3, Duration.ofMillis(5), Duration.ofMillis(20)));
	}

	/** Starts with memory for so many models. */
	private void start(double room) {
		create(room);
		this.serving.start();
	}

	private void create(double room) {
		long each = (long) (1.0 * weights() + CACHE);
		this.serving = new LocalLlmServing(
				new ServingSettings(this.models.get(0).id(), directory, true, null, directory, (long) (each * room), 1,
						this.models, this.routes),
				List.of(), List.of(),
				(definition) -> settings(definition.id(), definition.source(), Load.MANUAL, null));
	}

	private static long weights() {
		try (LocalLlmServing one = new LocalLlmServing(
				new ServingSettings("a", directory, true, null, directory, 1L << 30, 1,
						List.of(settings("a", TINY, Load.STARTUP, null)), List.of()),
				List.of(), List.of(), (definition) -> {
					throw new IllegalStateException();
				})) {
			one.start();
			return one.engine("a").ready().block(PATIENCE).weightBytes();
		}
	}

	private static GenerationRequest.Builder request(int tokens) {
		return GenerationRequest.prompt("The sky is")
			.sampling(SamplingParameters.builder().maxTokens(tokens).ignoreEos(true).temperature(0f).build());
	}

	/** Returns the id of the model that answered. */
	private String answer(String name) {
		return this.serving.generate(request(4).model(name).build())
			.ofType(GenerationEvent.Started.class)
			.blockLast(PATIENCE)
			.model();
	}

	private String states() {
		return String.join(", ",
				this.serving.models().stream().map((model) -> model.id() + " " + model.state()).toList());
	}

}
