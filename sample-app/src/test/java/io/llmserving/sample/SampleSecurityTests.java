package io.llmserving.sample;

import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.springframework.core.env.Environment;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Who may do what in the sample application, with and without API keys.
 */
class SampleSecurityTests {

	private static final String CHAT = "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":2}";

	/** SHA-256 of {@code sample-key}. */
	private static final String HASH = "{sha256}c52eb868816583ec81e6cbf1506fbef628b41ddc3413886a5bc1b0a4045432ac";

	private final HttpClient client = HttpClient.newHttpClient();

	@Test
	void withoutKeysModelsAndHealthAreForEverybodyOnThisMachineAndAllElseNeedsALogin() throws Exception {
		try (RunningSample sample = RunningSample.start(List.of(), "--spring.security.user.password=secret")) {
			assertThat(InetAddress.getByName(sample.bean(Environment.class).getProperty("server.address"))
				.isLoopbackAddress()).isTrue();
			assertThat(chat(sample).statusCode()).isEqualTo(200);
			assertThat(get(sample, "/v1/models").statusCode()).isEqualTo(200);
			assertThat(get(sample, "/actuator/health/readiness").statusCode()).isEqualTo(200);
			assertThat(get(sample, "/actuator/prometheus").statusCode()).isEqualTo(200);
			assertThat(get(sample, "/actuator/llmmodels").statusCode()).isEqualTo(401);
			assertThat(get(sample, "/actuator/llmmodels", "Authorization", "Basic dXNlcjpzZWNyZXQ=").statusCode())
				.isEqualTo(200);
		}
	}

	@Test
	void withAKeyTheModelsNeedIt() throws Exception {
		try (RunningSample sample = RunningSample.start(List.of(), "--llm.serving.security.api-keys[0].id=me",
				"--llm.serving.security.api-keys[0].hash=" + HASH,
				"--llm.serving.security.api-keys[0].requests-per-minute=100")) {
			assertThat(chat(sample).statusCode()).isEqualTo(401);
			HttpResponse<String> answer = chat(sample, "Authorization", "Bearer sample-key");
			assertThat(answer.statusCode()).isEqualTo(200);
			assertThat(answer.headers().firstValue("x-ratelimit-remaining-requests")).hasValue("99");
			assertThat(get(sample, "/actuator/health/readiness").statusCode()).isEqualTo(200);
		}
	}

	private HttpResponse<String> chat(RunningSample sample, String... headers) throws Exception {
		return send(request(sample, "/v1/chat/completions", headers).header("content-type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString(CHAT)));
	}

	private HttpResponse<String> get(RunningSample sample, String path, String... headers) throws Exception {
		return send(request(sample, path, headers));
	}

	private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
		return this.client.send(request.build(), HttpResponse.BodyHandlers.ofString());
	}

	private static HttpRequest.Builder request(RunningSample sample, String path, String... headers) {
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(sample.root() + path));
		return (headers.length > 0) ? request.headers(headers) : request;
	}

}
