package io.llmserving.test;

import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * API keys beside the security of the application's own, over real sockets.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ApiKeyTests {

	private static final String CHAT = "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";

	private WireServer server;

	@BeforeAll
	void start() {
		this.server = WireServer.secured(OwnSecurity.class,
				new ApiKeyFixture().key("all", "key-of-all")
					.key("some", "key-of-some", "models=endless,org/name")
					.key("none", "key-of-none", "scopes=other")
					.with(OwnSecurity.ADMIN)
					.with("management.endpoints.web.exposure.include=env,health", "llm.serving.playground.enabled=true")
					.properties());
	}

	@AfterAll
	void stop() {
		this.server.close();
	}

	@ParameterizedTest
	@CsvSource({ "POST, /v1/chat/completions", "POST, /v1/completions", "POST, /v1/tokenize", "POST, /v1/detokenize",
			"GET, /v1/models", "GET, /v1/models/echo", "GET, /v1/models/org/name", "GET, /v1/chat/completions",
			"DELETE, /v1/models/echo", "OPTIONS, /v1/models", "GET, /llm/events" })
	void everyRouteIsClosedToThoseWithoutAKey(String method, String path) throws Exception {
		HttpResponse<String> response = send(method, path, CHAT.formatted("echo"));
		assertUnauthorized(response);
		assertThat(response.body()).contains("Authorization: Bearer");
	}

	@ParameterizedTest
	@ValueSource(strings = { "Bearer wrong", "Bearer ", "Bearer key-of-all2", "Bearer KEY-OF-ALL", "Basic a2V5",
			OwnSecurity.ADMIN_LOGIN })
	void aWrongKeyAndALoginOfTheApplicationAreRefused(String authorization) throws Exception {
		assertUnauthorized(
				send("POST", "/v1/chat/completions", CHAT.formatted("echo"), "Authorization", authorization));
	}

	@ParameterizedTest
	@ValueSource(strings = { "Bearer key-of-all", "bearer key-of-all", "BEARER key-of-all" })
	void aKeyOpensTheRoutes(String authorization) throws Exception {
		HttpResponse<String> response = send("POST", "/v1/chat/completions", CHAT.formatted("echo"), "Authorization",
				authorization);
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(response.body()).contains("\"chat.completion\"");
		assertThat(send("GET", "/v1/chat/completions", "", "Authorization", authorization).statusCode()).isEqualTo(405);
	}

	@Test
	void aKeyWithoutTheScopeIsForbidden() throws Exception {
		HttpResponse<String> response = with("key-of-none", "POST", "/v1/chat/completions", CHAT.formatted("echo"));
		assertThat(response.statusCode()).isEqualTo(403);
		assertThat(response.body()).startsWith("{\"error\":{\"message\":\"")
			.contains("\"code\":\"insufficient_scope\"");
	}

	@Test
	void aKeySeesItsModelsOnly() throws Exception {
		assertThat(with("key-of-some", "GET", "/v1/models", "").body()).contains("\"id\":\"endless\"")
			.contains("\"id\":\"org/name\"")
			.doesNotContain("echo");
		assertThat(with("key-of-all", "GET", "/v1/models", "").body()).contains("\"id\":\"echo\"");
		assertThat(with("key-of-some", "GET", "/v1/models/org/name", "").statusCode()).isEqualTo(200);
	}

	@Test
	void theLiveViewTellsAKeyOfItsModelsOnly() throws Exception {
		assertThat(firstFrame("key-of-some")).contains("\"id\":\"endless\"").doesNotContain("echo");
		assertThat(firstFrame("key-of-all")).contains("\"id\":\"echo\"");
	}

	private String firstFrame(String key) throws Exception {
		HttpRequest request = this.server.request("/llm/events", "Authorization", "Bearer " + key)
			.timeout(Duration.ofSeconds(30))
			.build();
		HttpResponse<InputStream> feed = this.server.client().send(request, HttpResponse.BodyHandlers.ofInputStream());
		try (BufferedReader lines = new BufferedReader(new InputStreamReader(feed.body(), StandardCharsets.UTF_8))) {
			return lines.readLine();
		}
	}

	@ParameterizedTest
	@CsvSource({
			"POST, /v1/chat/completions, '{\"model\":\"echo\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}'",
			"POST, /v1/chat/completions, '{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}'",
			"POST, /v1/completions, '{\"model\":\"echo\",\"prompt\":\"x\"}'",
			"POST, /v1/tokenize, '{\"model\":\"echo\",\"prompt\":\"x\"}'",
			"POST, /v1/detokenize, '{\"model\":\"echo\",\"tokens\":[1]}'", "GET, /v1/models/echo, ''",
			"GET, /v1/models/nothing, ''" })
	void aModelThatAKeyMayNotUseIsNotThereForIt(String method, String path, String body) throws Exception {
		HttpResponse<String> response = with("key-of-some", method, path, body);
		assertThat(response.statusCode()).isEqualTo(404);
		assertThat(response.body()).contains("\"code\":\"model_not_found\"")
			.contains("there are [endless, org/name]")
			.doesNotContain("silent");
	}

	@Test
	void theApplicationsOwnAdministrationStaysItsOwn() throws Exception {
		assertThat(with("key-of-all", "GET", "/v1/admin/users", "").statusCode()).isEqualTo(401);
		assertThat(send("GET", "/v1/admin/users", "").statusCode()).isEqualTo(401);
		HttpResponse<String> own = send("GET", "/v1/admin/users", "", "Authorization", OwnSecurity.ADMIN_LOGIN);
		assertThat(own.statusCode()).isEqualTo(200);
		assertThat(own.body()).isEqualTo("the application's own");
	}

	@Test
	void anExposedActuatorEndpointStaysAsClosedAsItWas() throws Exception {
		assertThat(send("GET", "/actuator/env", "").statusCode()).isEqualTo(401);
		assertThat(with("key-of-all", "GET", "/actuator/env", "").statusCode()).isEqualTo(401);
		HttpResponse<String> allowed = send("GET", "/actuator/env", "", "Authorization", OwnSecurity.ADMIN_LOGIN);
		assertThat(allowed.statusCode()).isEqualTo(200);
		assertThat(allowed.body()).contains("propertySources");
	}

	@ParameterizedTest
	@ValueSource(strings = { "/v1/nothing", "/v1", "/V1/models", "/v1//models", "/v2/health/live" })
	void otherPathsAreTheApplications(String path) throws Exception {
		HttpResponse<String> response = with("key-of-all", "GET", path, "");
		assertThat(response.statusCode()).isIn(401, 400);
		assertThat(response.body()).doesNotContain("invalid_api_key");
	}

	@Test
	void callersShareNoPrefixes() throws Exception {
		with("key-of-all", "POST", "/v1/chat/completions", CHAT.formatted("echo"));
		assertThat(this.server.seen.getLast().cacheSalt()).isEqualTo("all\n");
		String salted = CHAT.formatted("echo").replace("{\"model\"", "{\"cache_salt\":\"mine\",\"model\"");
		with("key-of-all", "POST", "/v1/chat/completions", salted);
		assertThat(this.server.seen.getLast().cacheSalt()).isEqualTo("all\nmine");
	}

	private static void assertUnauthorized(HttpResponse<String> response) {
		assertThat(response.statusCode()).isEqualTo(401);
		assertThat(response.headers().firstValue("www-authenticate")).hasValue("Bearer");
		assertThat(response.headers().firstValue("content-type")).hasValue("application/json");
		assertThat(response.body()).startsWith("{\"error\":{\"message\":\"")
			.contains("\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"invalid_api_key\"}}");
	}

	private HttpResponse<String> with(String key, String method, String path, String body) throws Exception {
		return send(method, path, body, "Authorization", "Bearer " + key);
	}

	private HttpResponse<String> send(String method, String path, String body, String... headers) throws Exception {
		return this.server
			.send(this.server.request(path, headers).method(method, HttpRequest.BodyPublishers.ofString(body)));
	}

}
