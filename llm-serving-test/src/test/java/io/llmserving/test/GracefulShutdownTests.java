package io.llmserving.test;

import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import io.llmserving.api.EngineState;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Streams over real sockets while their application stops.
 */
class GracefulShutdownTests {

	private static final String BODY = "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"max_tokens\":%d,\"stream\":true}";

	@Test
	void aStreamLongerThanThePhaseEndsWithAnErrorEventAndDone() throws Exception {
		// A phase is as long as a busy machine may take to write the last event.
		WireServer server = new WireServer("llm.serving.shutdown.drain-timeout=3s",
				"spring.lifecycle.timeout-per-shutdown-phase=2s");
		BufferedReader stream = open(server, BODY.formatted("endless", 1_000_000));
		assertThat(stream.readLine()).startsWith("data: {");
		CompletableFuture<Void> stopped = CompletableFuture.runAsync(server::close);
		String rest = stream.lines().collect(Collectors.joining("\n"));
		assertThat(rest).endsWith(
				"data: {\"error\":{\"message\":\"The application stopped before the answer was whole\",\"type\":\"service_unavailable_error\",\"param\":null,\"code\":\"shutting_down\"}}\n\ndata: [DONE]\n")
			.doesNotContain("\"finish_reason\":\"");
		stopped.get();
		assertThat(server.endless.running()).isZero();
	}

	@Test
	void aStreamThatEndsInTimeIsWhole() throws Exception {
		WireServer server = new WireServer("llm.serving.shutdown.drain-timeout=20s");
		BufferedReader stream = open(server, BODY.formatted("endless", 100));
		assertThat(stream.readLine()).startsWith("data: {");
		CompletableFuture<Void> stopped = CompletableFuture.runAsync(server::close);
		assertThat(stream.lines().collect(Collectors.joining("\n"))).contains("\"finish_reason\":\"length\"")
			.endsWith("data: [DONE]\n")
			.doesNotContain("\"error\"");
		stopped.get();
	}

	@Test
	void requestsThatComeWhileStreamsDrainAreRefusedWithAStatus() throws Exception {
		WireServer server = new WireServer("llm.serving.shutdown.drain-timeout=5m");
		BufferedReader stream = open(server, BODY.formatted("endless", 1_000_000));
		assertThat(stream.readLine()).startsWith("data: {");
		CompletableFuture<Void> stopped = CompletableFuture.runAsync(server::close);
		Awaitility.await().atMost(WireServer.PATIENCE).until(() -> server.echo.state() == EngineState.DRAINING);
		HttpResponse<String> refused = server.post("/v1/chat/completions", BODY.formatted("echo", 5));
		assertThat(refused.statusCode()).isEqualTo(503);
		assertThat(refused.headers().firstValue("retry-after")).hasValue("5");
		assertThat(refused.body()).contains("\"code\":\"shutting_down\"");
		stream.close();
		stopped.get();
		assertThat(server.endless.cancelled()).isEqualTo(1);
	}

	@Test
	void readinessIsOffAndLivenessOnWhileStreamsDrain() throws Exception {
		WireServer server = new WireServer("llm.serving.shutdown.drain-timeout=5m",
				"management.endpoint.health.probes.enabled=true");
		assertThat(status(server, "readiness")).isEqualTo(200);
		BufferedReader stream = open(server, BODY.formatted("endless", 1_000_000));
		assertThat(stream.readLine()).startsWith("data: {");
		CompletableFuture<Void> stopped = CompletableFuture.runAsync(server::close);
		Awaitility.await().atMost(WireServer.PATIENCE).until(() -> status(server, "readiness") == 503);
		assertThat(status(server, "liveness")).isEqualTo(200);
		assertThat(stream.readLine()).isEmpty();
		stream.close();
		stopped.get();
	}

	private static int status(WireServer server, String group) throws Exception {
		return server.send(server.request("/actuator/health/" + group)).statusCode();
	}

	private static BufferedReader open(WireServer server, String body) throws Exception {
		InputStream stream = server.client()
			.send(server.request("/v1/chat/completions").POST(HttpRequest.BodyPublishers.ofString(body)).build(),
					HttpResponse.BodyHandlers.ofInputStream())
			.body();
		return new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
	}

}
