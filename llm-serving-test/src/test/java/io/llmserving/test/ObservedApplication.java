package io.llmserving.test;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.otel.bridge.OtelCurrentTraceContext;
import io.micrometer.tracing.otel.bridge.OtelTracer;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.llmserving.api.LlmServing;

/**
 * An application with the tiny model, whose spans, metrics and endpoints a test looks at.
 */
final class ObservedApplication implements AutoCloseable {

	static final Duration PATIENCE = Duration.ofMinutes(2);

	private final HttpClient client = HttpClient.newHttpClient();

	final ConfigurableApplicationContext context;

	ObservedApplication(String... properties) {
		List<String> arguments = new ArrayList<>(List.of("--server.port=0", "--server.address=127.0.0.1",
				"--spring.main.banner-mode=off", "--management.endpoints.web.exposure.include=*",
				"--management.endpoint.health.show-details=always", "--management.endpoint.health.probes.enabled=true",
				"--management.info.llm.enabled=true", "--llm.serving.models.tiny.device=cpu",
				"--llm.serving.models.tiny.source=classpath:io/llmserving/test/tiny.gguf",
				"--llm.serving.models.tiny.context-length=512", "--llm.serving.models.tiny.kv-cache.size=8MB"));
		for (String property : properties) {
			arguments.add("--" + property);
		}
		this.context = new SpringApplication(Application.class).run(arguments.toArray(String[]::new));
		this.context.getBean(LlmServing.class).defaultEngine().ready().block(PATIENCE);
	}

	String get(String path) throws Exception {
		HttpResponse<String> answer = send(path, null);
		if (answer.statusCode() != 200) {
			throw new IllegalStateException(path + ": " + answer.statusCode() + " " + answer.body());
		}
		return answer.body();
	}

	HttpResponse<String> chat(String prompt, String more) throws Exception {
		return send("/v1/chat/completions", """
				{"max_tokens":8,"messages":[{"role":"user","content":"%s"}]%s}""".formatted(prompt, more));
	}

	HttpResponse<String> send(String path, String body) throws Exception {
		String port = this.context.getEnvironment().getRequiredProperty("local.server.port");
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
			.timeout(PATIENCE);
		if (body != null) {
			request.header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body));
		}
		return this.client.send(request.build(), HttpResponse.BodyHandlers.ofString());
	}

	/** Returns the spans that have ended. */
	List<SpanData> spans() {
		return this.context.getBean(InMemorySpanExporter.class).getFinishedSpanItems();
	}

	@Override
	public void close() {
		this.context.close();
		this.client.close();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		InMemorySpanExporter exporter() {
			return InMemorySpanExporter.create();
		}

		@Bean
		DefaultTracingObservationHandler tracing(InMemorySpanExporter exporter) {
			SdkTracerProvider provider = SdkTracerProvider.builder()
				.addSpanProcessor(SimpleSpanProcessor.create(exporter))
				.build();
			return new DefaultTracingObservationHandler(
					new OtelTracer(provider.get("test"), new OtelCurrentTraceContext(), (event) -> {
					}));
		}

	}

}
