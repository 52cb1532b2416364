package io.llmserving.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

import io.llmserving.api.EngineStatistics;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.SamplingParameters;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Cancelled requests cost nothing from the next step on, and nothing is left of them.
 */
class CancellationTests {

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private static RunningSample sample;

	private static StepCounter counter;

	@BeforeAll
	static void start() {
		sample = RunningSample.start(List.of(StepCounter.class));
		counter = sample.bean(StepCounter.class);
	}

	@AfterAll
	static void stop() {
		sample.close();
	}

	private static Flux<GenerationEvent> endless(LlmEngine engine, int number) {
		return engine.generate(GenerationRequest.prompt("Story number " + number + ": one two three")
			.sampling(SamplingParameters.builder().temperature(1f).maxTokens(1500).ignoreEos(true).build())
			.build());
	}

	@Test
	void aCancelledRequestsBlocksAreFreeWithinOneStepWhileOthersRun() {
		LlmEngine engine = sample.engine();
		List<Disposable> running = new ArrayList<>();
		try {
			for (int i = 0; i < 8; i++) {
				// Answers end at the context's limit; new ones take their place.
				running.add(endless(engine, i).repeat().subscribe());
			}
			Awaitility.await().atMost(PATIENCE).until(() -> engine.statistics().running() == 8);
			for (int left = 7; left >= 2; left--) {
				int before = counter.cancelled.get();
				running.removeLast().dispose();
				// Read after it: steps may pass between a look and the next line.
				long steps = counter.steps.get();
				Awaitility.await().atMost(PATIENCE).until(() -> counter.cancelled.get() == before + 1);
				assertThat(counter.stepsAtLastCancel.get() - steps).isLessThanOrEqualTo(1);
				int others = left;
				Awaitility.await().atMost(PATIENCE).until(() -> engine.statistics().running() == others);
				long generated = engine.statistics().generatedTokens();
				Awaitility.await().atMost(PATIENCE).until(() -> engine.statistics().generatedTokens() > generated);
			}
		}
		finally {
			running.forEach(Disposable::dispose);
		}
		Awaitility.await().atMost(PATIENCE).until(() -> engine.statistics().blocksUsed() == 0);
	}

	@Test
	void nothingIsLeftAfterAStormOfStreamsAndDisconnects() throws Exception {
		storm(1);
		awaitQuiet();
		long allocations = sample.serving().memory().nativeAllocations();
		long resident = residentBytes();
		EngineStatistics before = sample.engine().statistics();
		for (int seed = 2; seed < 5; seed++) {
			storm(seed);
		}
		awaitQuiet();
		EngineStatistics after = sample.engine().statistics();
		assertThat(counter.largestBatch.get()).isGreaterThan(8);
		assertThat(after.requestsCancelled()).isGreaterThan(before.requestsCancelled());
		assertThat(after.requestsFinished()).isGreaterThan(before.requestsFinished());
		assertThat(after.requestsFailed()).isEqualTo(before.requestsFailed());
		assertThat(sample.serving().memory().nativeAllocations()).isEqualTo(allocations);
		assertThat(residentBytes() - resident).isLessThan(16L << 20);
	}

	private static void awaitQuiet() {
		Awaitility.await().atMost(PATIENCE).untilAsserted(() -> {
			EngineStatistics now = sample.engine().statistics();
			assertThat(now.blocksUsed()).isZero();
			assertThat(now.running()).isZero();
			assertThat(now.waiting()).isZero();
		});
	}

	/**
	 * 64 streams at once; about half of them are closed after a random number of events.
	 */
	private static void storm(int seed) throws Exception {
		Random random = new Random(seed);
		System.out.println("storm with seed " + seed);
		List<Future<?>> clients = new ArrayList<>();
		try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
			for (int i = 0; i < 64; i++) {
				int closeAfter = random.nextBoolean() ? random.nextInt(40) : Integer.MAX_VALUE;
				String body = ("{\"model\":\"tiny\",\"stream\":true,\"temperature\":1,\"seed\":%d,\"max_tokens\":%d,"
						+ "\"messages\":[{\"role\":\"user\",\"content\":\"Tell me about the colour number %d\"}]}")
					.formatted(i, 20 + random.nextInt(60), i % 7);
				clients.add(threads.submit(() -> {
					client(body, closeAfter);
					return null;
				}));
			}
			for (Future<?> client : clients) {
				client.get();
			}
		}
	}

	private static void client(String body, int closeAfter) throws IOException {
		try (SocketStream stream = new SocketStream(sample.root(), body)) {
			if (closeAfter == Integer.MAX_VALUE) {
				assertThat(stream.readToEnd()).isTrue();
				return;
			}
			for (int i = 0; i < closeAfter && stream.next() != null; i++) {
				continue;
			}
		}
	}

	private static long residentBytes() throws IOException {
		System.gc();
		return Files.readAllLines(Path.of("/proc/self/status"))
			.stream()
			.filter((line) -> line.startsWith("VmRSS:"))
			.mapToLong((line) -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
			.findFirst()
			.orElseThrow();
	}

}
