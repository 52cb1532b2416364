package io.llmserving.autoconfigure.metrics;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;

import io.llmserving.api.EngineState;
import io.llmserving.api.EngineStateChange;
import io.llmserving.api.LlmServing;
import io.llmserving.autoconfigure.FakeEngine;
import io.llmserving.autoconfigure.FakeServing;
import io.llmserving.autoconfigure.LlmServingAutoConfiguration;
import io.llmserving.autoconfigure.OurAutoConfigurations;
import io.llmserving.spi.EngineObserver;
import io.llmserving.spi.EngineObserver.Outcome;
import io.llmserving.spi.FinishedRequest;

import static org.assertj.core.api.Assertions.assertThat;

class LlmMetricsAutoConfigurationTests {

	private final FakeServing serving = new FakeServing(new FakeEngine("chat"));

	private final ReactiveWebApplicationContextRunner runner = new ReactiveWebApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LlmServingAutoConfiguration.class, LlmMetricsAutoConfiguration.class))
		.withBean("llmServing", LlmServing.class, () -> this.serving);

	private final ReactiveWebApplicationContextRunner metered = this.runner
		.withConfiguration(AutoConfigurations.of(MetricsAutoConfiguration.class,
				CompositeMeterRegistryAutoConfiguration.class, SimpleMetricsExportAutoConfiguration.class));

	@Test
	void everyStatisticHasItsMeter() {
		this.metered.run((context) -> {
			Map<String, Double> values = new TreeMap<>();
			for (Meter meter : context.getBean(MeterRegistry.class).getMeters()) {
				if (!meter.getId().getName().startsWith("llm.")) {
					continue;
				}
				assertThat(meter.getId().getTag("model")).isEqualTo("chat");
				assertThat(meter.getId().getDescription()).isNotBlank();
				String outcome = meter.getId().getTag("outcome");
				String name = meter.getId().getName() + ((outcome != null) ? "/" + outcome : "");
				values.put(name, (meter instanceof Gauge gauge) ? gauge.value() : ((FunctionCounter) meter).count());
			}
			assertThat(values).isEqualTo(new TreeMap<>(Map.ofEntries(Map.entry("llm.requests.waiting", 1d),
					Map.entry("llm.requests.running", 2d), Map.entry("llm.cache.blocks", 30d),
					Map.entry("llm.cache.blocks.used", 4d), Map.entry("llm.cache.blocks.cached", 5d),
					Map.entry("llm.steps", 6d), Map.entry("llm.tokens.prompt", 7d),
					Map.entry("llm.tokens.generated", 8d), Map.entry("llm.prefix.queries", 19d),
					Map.entry("llm.prefix.hits", 10d), Map.entry("llm.preemptions", 11d),
					Map.entry("llm.requests/finished", 13d), Map.entry("llm.requests/cancelled", 14d),
					Map.entry("llm.requests/failed", 15d), Map.entry("llm.restarts", 16d))));
		});
	}

	@Test
	void modelsThatAppearLaterAreMeteredFromTheirFirstChangeOn() {
		this.metered.run((context) -> {
			MeterRegistry registry = context.getBean(MeterRegistry.class);
			this.serving.fakes.add(new FakeEngine("late"));
			this.serving.changes.tryEmitNext(
					new EngineStateChange("late", EngineState.UNLOADED, EngineState.LOADING, null, Instant.EPOCH));
			assertThat(registry.get("llm.requests.running").tag("model", "late").gauge().value()).isEqualTo(2);
		});
		assertThat(this.serving.changes.currentSubscriberCount()).isZero();
	}

	@Test
	void observationsBecomeTimers() {
		SimpleMeterRegistry registry = new SimpleMeterRegistry();
		EngineObserver observer = new MicrometerEngineObserver(registry);
		observer.submitted("chat", 5);
		observer.firstToken("chat", Duration.ofMillis(30));
		observer.nextToken("chat", 4_000_000);
		observer.nextToken("chat", 6_000_000);
		observer.step("chat", 17, 2, 3_000_000);
		observer.finished("chat", request(Outcome.STOP, 1, 29, 10, 5, 3));
		observer.finished("chat", request(Outcome.CANCELLED, 1, 30, 19, 5, 1));
		assertThat(millis(registry.get("llm.time.to.first.token").tag("model", "chat").timer())).isEqualTo(30);
		assertThat(millis(registry.get("llm.inter.token.latency").timer())).isEqualTo(10);
		assertThat(registry.get("llm.inter.token.latency").timer().count()).isEqualTo(2);
		assertThat(millis(registry.get("llm.step.duration").timer())).isEqualTo(3);
		assertThat(registry.get("llm.step.tokens").summary().totalAmount()).isEqualTo(17);
		assertThat(registry.get("llm.request.prompt.tokens").summary().totalAmount()).isEqualTo(10);
		assertThat(registry.get("llm.request.completion.tokens").summary().totalAmount()).isEqualTo(4);
		assertThat(millis(registry.get("llm.request.queue.time").timer())).isEqualTo(2);
		assertThat(millis(registry.get("llm.request.duration").tag("outcome", "stop").timer())).isEqualTo(40);
		assertThat(millis(registry.get("llm.request.duration").tag("outcome", "cancelled").timer())).isEqualTo(50);
		assertThat(registry.get("llm.request.duration").tag("outcome", "failed").timer().count()).isZero();
		assertThat(millis(registry.get("llm.request.prefill.time").timer())).isEqualTo(59);
		assertThat(millis(registry.get("llm.request.decode.time").timer())).isEqualTo(29);
		assertThat(millis(registry.get("llm.time.per.output.token").timer())).isEqualTo(5);
		assertThat(registry.get("llm.time.per.output.token").timer().count()).isOne();
	}

	@Test
	void thePageOfMetricsListsEveryMeter() throws IOException {
		String page = Files.readString(Path.of("../docs/metrics.md"));
		this.metered.run((context) -> {
			MeterRegistry registry = context.getBean(MeterRegistry.class);
			context.getBean(EngineObserver.class).firstToken("chat", Duration.ofMillis(1));
			assertThat(registry.getMeters().stream().map((meter) -> meter.getId().getName()).distinct())
				.filteredOn((name) -> name.startsWith("llm.") && !name.endsWith(".histogram"))
				.hasSize(24)
				.allSatisfy((name) -> assertThat(page).contains("`" + name + "`"));
		});
	}

	@Test
	void withoutARegistryThereAreNoMeters() {
		this.runner.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(LlmMeters.class));
	}

	@Test
	void withoutMicrometerTheApplicationStarts() {
		new ReactiveWebApplicationContextRunner().withUserConfiguration(OurAutoConfigurations.class)
			.withBean("llmServing", LlmServing.class, () -> this.serving)
			.withClassLoader(new FilteredClassLoader("io.micrometer", "org.springframework.boot.micrometer"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("llmMeters"));
	}

	private static FinishedRequest request(Outcome outcome, long queued, long prefill, long decode, int prompt,
			int completion) {
		return new FinishedRequest(outcome, List.of(), Duration.ofMillis(queued), Duration.ofMillis(prefill),
				Duration.ofMillis(decode), Duration.ofMillis(queued + prefill + decode), prompt, 0, completion, 1, 100,
				0, null);
	}

	private static double millis(Timer timer) {
		return timer.totalTime(java.util.concurrent.TimeUnit.MILLISECONDS);
	}

}
