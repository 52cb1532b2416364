package io.llmserving.test;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.SamplingParameters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.awaitility.Awaitility.await;

/**
 * What tracing, info and health show of generations and models.
 */
class ObservationTests {

	private static ObservedApplication application;

	@BeforeAll
	static void start() {
		application = new ObservedApplication("llm.serving.health.probe-interval=50ms");
	}

	@AfterAll
	static void stop() {
		application.close();
	}

	@BeforeEach
	void forgetSpans() {
		application.context.getBean(io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter.class).reset();
	}

	@Test
	void aGenerationOverHttpHasSpansForItsPhasesInsideTheServersSpan() throws Exception {
		assertThat(application.chat("Hello there", ",\"temperature\":0.5,\"seed\":7,\"n\":2").statusCode())
			.isEqualTo(200);
		SpanData generation = await().atMost(ObservedApplication.PATIENCE)
			.until(() -> find("chat tiny", "7"), (span) -> span != null);
		assertThat(attributes(generation)).containsEntry("gen_ai.operation.name", "chat")
			.containsEntry("gen_ai.provider.name", "llm-serving")
			.containsEntry("gen_ai.request.model", "tiny")
			.containsEntry("gen_ai.response.model", "tiny")
			.containsEntry("gen_ai.request.max_tokens", "8")
			.containsEntry("gen_ai.request.temperature", "0.5")
			.containsEntry("gen_ai.request.choice.count", "2")
			.containsKeys("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.response.finish_reasons",
					"gen_ai.response.id")
			.doesNotContainKeys("gen_ai.input.messages", "error.type");
		assertThat(generation.getKind()).isEqualTo(SpanKind.INTERNAL);
		List<SpanData> phases = application.spans()
			.stream()
			.filter((span) -> span.getParentSpanId().equals(generation.getSpanId()))
			.toList();
		assertThat(phases).extracting(SpanData::getName).containsExactly("queue", "prefill", "decode");
		assertThat(phases).allMatch((span) -> span.getTraceId().equals(generation.getTraceId()));
		for (int i = 1; i < 3; i++) {
			assertThat(phases.get(i).getStartEpochNanos())
				.isGreaterThanOrEqualTo(phases.get(i - 1).getStartEpochNanos());
		}
		await().atMost(ObservedApplication.PATIENCE)
			.until(() -> application.spans()
				.stream()
				.anyMatch((span) -> span.getSpanId().equals(generation.getParentSpanId())
						&& span.getName().startsWith("http post")));
	}

	@Test
	void aRefusedRequestIsAFailedSpan() {
		LlmEngine engine = application.context.getBean(LlmEngine.class);
		GenerationRequest request = GenerationRequest.tokens(new int[600])
			.sampling(SamplingParameters.builder().seed(99L).build())
			.build();
		assertThatException().isThrownBy(() -> engine.call(request));
		SpanData span = await().atMost(ObservedApplication.PATIENCE)
			.until(() -> find("text_completion tiny", "99"), (found) -> found != null);
		assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
		assertThat(attributes(span)).containsEntry("error.type", "context_length_exceeded")
			.containsEntry("llm.outcome", "failed");
	}

	@Test
	void healthShowsThatAnIdleModelGeneratesTokens() throws Exception {
		await().atMost(ObservedApplication.PATIENCE).until(() -> {
			JsonNode tiny = health().path("tiny");
			JsonNode details = tiny.path("details");
			return details.has("probed") && !details.has("probe") && tiny.path("status").asString().equals("UP");
		});
		assertThat(application.context.getBean(LlmEngine.class).statistics().requestsFinished()).isPositive();
	}

	/** Whatever its status: a busy machine may be late for one of the probes. */
	private static JsonNode health() throws Exception {
		return JsonMapper.shared()
			.readTree(application.send("/actuator/health", null).body())
			.path("components")
			.path("llm")
			.path("components");
	}

	@Test
	void infoTellsWhatRunsTheModels() throws Exception {
		JsonNode tiny = JsonMapper.shared()
			.readTree(application.get("/actuator/info"))
			.path("llm")
			.path("models")
			.path("tiny");
		assertThat(tiny.path("state").asString()).isEqualTo("READY");
		assertThat(tiny.path("architecture").asString()).isEqualTo("llama");
		assertThat(tiny.path("contextLength").asInt()).isEqualTo(512);
	}

	/** Returns a span that has ended, by its name and the seed of its request. */
	private static SpanData find(String name, String seed) {
		return application.spans()
			.stream()
			.filter((span) -> span.getName().equals(name)
					&& seed.equals(span.getAttributes().get(AttributeKey.stringKey("gen_ai.request.seed"))))
			.findFirst()
			.orElse(null);
	}

	private static Map<String, String> attributes(SpanData span) {
		return span.getAttributes()
			.asMap()
			.entrySet()
			.stream()
			.collect(Collectors.toMap((entry) -> entry.getKey().getKey(), (entry) -> entry.getValue().toString()));
	}

}
