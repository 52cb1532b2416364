package io.llmserving.test;

import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What whole responses do not show: time, disconnects, other methods, types and sizes,
 * and endpoints that are not ours.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WireBehaviourTests {

	private static final String CHAT = "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"stream\":%s}";

	private WireServer server;

	@BeforeAll
	void start() {
		this.server = new WireServer("llm.serving.openai.max-request-size=2KB", "llm.serving.openai.heartbeat=60ms");
	}

	@AfterAll
	void stop() {
		this.server.close();
	}

	@Test
	void aSilentStreamCommitsItsHeadersWithAHeartbeat() throws Exception {
		ManualAnswer answer = this.server.silent.answerByHand();
		try (BufferedReader stream = lines(open(CHAT.formatted("silent", true)))) {
			for (int i = 0; i < 2; i++) {
				assertThat(stream.readLine()).isEqualTo(": keep-alive");
				assertThat(stream.readLine()).isEmpty();
			}
			answer.emit("late").finish();
			assertThat(stream.lines().filter((line) -> !line.isEmpty() && !line.equals(": keep-alive")))
				.allMatch((line) -> line.startsWith("data: "))
				.hasSize(4)
				.endsWith("data: [DONE]");
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void aClientThatGoesAwayCancelsItsGenerationWhileOthersRun(boolean stream) throws Exception {
		int before = this.server.endless.cancelled();
		InputStream running = open(CHAT.formatted("endless", true));
		Awaitility.await().atMost(WireServer.PATIENCE).until(() -> this.server.endless.running() == 1);
		try (Socket socket = connect(CHAT.formatted("endless", stream))) {
			Awaitility.await().atMost(WireServer.PATIENCE).until(() -> this.server.endless.running() == 2);
			if (stream) {
				assertThat(socket.getInputStream().read()).isEqualTo('H');
			}
		}
		Awaitility.await().atMost(WireServer.PATIENCE).until(() -> this.server.endless.cancelled() == before + 1);
		assertThat(this.server.endless.running()).isEqualTo(1);
		assertThat(lines(running).lines().filter((line) -> line.startsWith("data: ")).limit(20)).hasSize(20);
		running.close();
		Awaitility.await().atMost(WireServer.PATIENCE).until(() -> this.server.endless.running() == 0);
	}

	@Test
	void aClientThatGoesAwayBeforeTheFirstTokenCancelsToo() throws Exception {
		int before = this.server.silent.cancelled();
		try (Socket _ = connect(CHAT.formatted("silent", false))) {
			Awaitility.await().atMost(WireServer.PATIENCE).until(() -> this.server.silent.running() == 1);
		}
		Awaitility.await().atMost(WireServer.PATIENCE).until(() -> this.server.silent.cancelled() == before + 1);
	}

	@ParameterizedTest
	@CsvSource({ "GET, /v1/chat/completions, 405", "PUT, /v1/completions, 405", "DELETE, /v1/models, 405",
			"DELETE, /v1/models/echo, 405", "GET, /v1/tokenize, 405", "GET, /v1/detokenize, 405",
			"GET, /v1/nothing, 404", "POST, /v1/chat/completions/more, 404", "GET, /v1/models/none, 404" })
	void wrongMethodsAndPathsHaveTheProtocolsShapeWhateverTheClientAccepts(String method, String path, int status)
			throws Exception {
		for (String accept : List.of("text/event-stream", "text/html", "application/problem+json")) {
			assertError(this.server.send(this.server.request(path, "Accept", accept)
				.method(method, HttpRequest.BodyPublishers.ofString("{}"))), status);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "text/plain", "multipart/form-data; boundary=x", "nonsense" })
	void otherContentTypesAreRefused(String type) throws Exception {
		for (String path : List.of("/v1/chat/completions", "/v1/completions", "/v1/tokenize", "/v1/detokenize")) {
			assertError(this.server.post(path, "{}", "Content-Type", type), 415);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "application/json", "application/json;charset=UTF-8", "APPLICATION/JSON" })
	void jsonIsAcceptedHoweverItIsWritten(String type) throws Exception {
		assertThat(this.server.post("/v1/tokenize", "{\"prompt\":\"a\"}", "Content-Type", type).statusCode())
			.isEqualTo(200);
	}

	@Test
	void bodiesBeyondTheLimitAreRefusedEverywhere() throws Exception {
		String large = "{\"prompt\":\"" + "y".repeat(3000) + "\"}";
		for (String path : List.of("/v1/chat/completions", "/v1/completions", "/v1/tokenize", "/v1/detokenize")) {
			HttpResponse<String> response = this.server.post(path, large);
			assertError(response, 413);
			assertThat(response.body()).contains("2048 bytes").contains("llm.serving.openai.max-request-size");
		}
	}

	@Test
	void theApplicationsOwnEndpointsUnderTheBasePathStayAsTheyAre() throws Exception {
		assertThat(this.server.send(this.server.request("/v1/admin/users")).body()).isEqualTo("the application's own");
		HttpResponse<String> missing = this.server.send(this.server.request("/v1/admin/missing"));
		assertThat(missing.statusCode()).isEqualTo(404);
		assertThat(missing.body()).contains("\"path\":\"/v1/admin/missing\"").doesNotContain("\"error\":{");
		HttpResponse<String> outside = this.server.send(this.server.request("/elsewhere"));
		assertThat(outside.body()).contains("\"path\":\"/elsewhere\"").doesNotContain("\"error\":{");
	}

	@ParameterizedTest
	@ValueSource(strings = { "application/json", "text/event-stream", "*/*" })
	void aStreamIsAnEventStreamWhateverTheClientAccepts(String accept) throws Exception {
		HttpResponse<String> response = this.server.post("/v1/chat/completions", CHAT.formatted("echo", true), "Accept",
				accept);
		assertThat(response.headers().firstValue("content-type")).hasValue("text/event-stream;charset=UTF-8");
		assertThat(response.headers().firstValue("cache-control")).hasValue("no-cache");
		HttpResponse<String> whole = this.server.post("/v1/chat/completions", CHAT.formatted("echo", false), "Accept",
				accept);
		assertThat(whole.headers().firstValue("content-type")).hasValue("application/json");
	}

	@Test
	void aRequestsIdIsTheHeadersThenTheBodysThenRandom() throws Exception {
		String body = "{\"model\":\"echo\",\"prompt\":\"a\",\"request_id\":\"mine\"}";
		assertThat(this.server.post("/v1/completions", body, "X-Request-Id", "head").body())
			.startsWith("{\"id\":\"cmpl-head\"");
		assertThat(this.server.post("/v1/completions", body).body()).startsWith("{\"id\":\"cmpl-mine\"");
		String first = this.server.post("/v1/completions", "{\"prompt\":\"a\"}").body().substring(0, 40);
		String second = this.server.post("/v1/completions", "{\"prompt\":\"a\"}").body().substring(0, 40);
		assertThat(first).matches("\\{\"id\":\"cmpl-[0-9a-f]{24}\".*").isNotEqualTo(second);
	}

	@Test
	void aClientsDeadlinesComeByHeadersAndAreCut() throws Exception {
		String body = "{\"model\":\"echo\",\"prompt\":\"a\"}";
		assertThat(this.server.post("/v1/completions", body).statusCode()).isEqualTo(200);
		assertThat(this.server.seen.getLast().deadline()).isNull();
		assertThat(this.server.post("/v1/completions", body, "X-Request-Timeout", "2.5").statusCode()).isEqualTo(200);
		assertThat(this.server.seen.getLast().deadline()).isEqualTo(Duration.ofMillis(2500));
		assertThat(this.server.seen.getLast().firstTokenDeadline()).isNull();
		assertThat(this.server
			.post("/v1/chat/completions", CHAT.formatted("echo", true), "X-Request-Timeout", "9999999999",
					"X-First-Token-Timeout", "1")
			.statusCode()).isEqualTo(200);
		assertThat(this.server.seen.getLast().deadline()).isEqualTo(Duration.ofMinutes(5));
		assertThat(this.server.seen.getLast().firstTokenDeadline()).isEqualTo(Duration.ofSeconds(1));
	}

	@ParameterizedTest
	@ValueSource(strings = { "0", "0.0", "-1", "5s", "1e9", "NaN", "99999999999", "0x1", "1.", "?" })
	void aDeadlineThatIsNoNumberOfSecondsIsRefused(String value) throws Exception {
		HttpResponse<String> response = this.server.post("/v1/completions", "{\"prompt\":\"a\"}", "X-Request-Timeout",
				value);
		assertError(response, 400);
		assertThat(response.body()).contains("must be a number of seconds above 0")
			.contains("\"param\":\"X-Request-Timeout\",\"code\":\"invalid_header\"");
	}

	private InputStream open(String body) throws Exception {
		return this.server.client()
			.send(this.server.request("/v1/chat/completions").POST(HttpRequest.BodyPublishers.ofString(body)).build(),
					HttpResponse.BodyHandlers.ofInputStream())
			.body();
	}

	private static BufferedReader lines(InputStream stream) {
		return new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
	}

	private Socket connect(String body) throws Exception {
		Socket socket = new Socket("127.0.0.1", this.server.port);
		OutputStream out = socket.getOutputStream();
		out.write(("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
				+ body.length() + "\r\n\r\n" + body)
			.getBytes(StandardCharsets.US_ASCII));
		out.flush();
		return socket;
	}

	private static void assertError(HttpResponse<String> response, int status) {
		assertThat(response.statusCode()).isEqualTo(status);
		assertThat(response.headers().firstValue("content-type")).hasValue("application/json");
		assertThat(response.body()).startsWith("{\"error\":{\"message\":\"")
			.contains("\"param\":")
			.contains("\"code\":\"");
	}

}
