package io.llmserving.test;

import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Limits of callers over real sockets, with the faults that must not keep a place taken.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TenantLimitTests {

	private static final String CHAT = "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"stream\":%s}";

	private WireServer server;

	@BeforeAll
	void start() {
		this.server = WireServer.secured(OwnSecurity.class,
				new ApiKeyFixture().key("three", "key-of-three", "requests-per-minute=3")
					.key("alone", "key-of-alone", "concurrency=1")
					.key("both", "key-of-both", "concurrency=1", "requests-per-minute=2")
					.key("free", "key-of-free")
					.with(OwnSecurity.ADMIN)
					.properties());
	}

	@AfterAll
	void stop() {
		this.server.close();
	}

	@Test
	void requestsBeyondTheRateAreRefusedWithTheTimeToWait() throws Exception {
		for (int left = 2; left >= 0; left--) {
			HttpResponse<String> response = post("key-of-three", CHAT.formatted("echo", left == 1));
			assertThat(response.statusCode()).isEqualTo(200);
			assertRate(response, 3, left);
		}
		HttpResponse<String> refused = post("key-of-three", CHAT.formatted("echo", true));
		assertThat(refused.statusCode()).isEqualTo(429);
		assertRate(refused, 3, 0);
		assertThat(Long.parseLong(refused.headers().firstValue("retry-after").orElseThrow())).isBetween(1L, 60L);
		assertThat(refused.headers().firstValue("content-type")).hasValue("application/json");
		assertThat(refused.body()).startsWith("{\"error\":{\"message\":\"Rate limit reached for 'three'")
			.contains("\"type\":\"rate_limit_error\",\"param\":null,\"code\":\"rate_limit_exceeded\"");
		assertThat(
				post("key-of-free", CHAT.formatted("echo", false)).headers().firstValue("x-ratelimit-limit-requests"))
			.isEmpty();
	}

	@Test
	void aSecondRequestAtOnceIsRefusedUntilTheClientOfTheFirstGoesAway() throws Exception {
		int before = this.server.endless.cancelled();
		InputStream first = open("key-of-alone", CHAT.formatted("endless", true));
		assertThat(first.read()).isEqualTo('d');
		HttpResponse<String> refused = post("key-of-alone", CHAT.formatted("echo", false));
		assertThat(refused.statusCode()).isEqualTo(429);
		assertThat(refused.headers().firstValue("retry-after")).hasValue("1");
		assertThat(refused.body()).contains("1 requests run already");
		assertThat(post("key-of-free", CHAT.formatted("echo", false)).statusCode()).isEqualTo(200);
		first.close();
		Awaitility.await().atMost(WireServer.PATIENCE).until(() -> this.server.endless.cancelled() == before + 1);
		Awaitility.await()
			.atMost(WireServer.PATIENCE)
			.until(() -> post("key-of-alone", CHAT.formatted("echo", false)).statusCode() == 200);
	}

	@ParameterizedTest
	@CsvSource({ "breaks, true, 200", "breaks, false, 500", "full, true, 503", "full, false, 503",
			"nothing, true, 404" })
	void aPlaceIsFreeAgainAfterAFailure(String model, boolean stream, int status) {
		for (int i = 0; i < 3; i++) {
			assertThat(statusOnceFree(CHAT.formatted(model, stream))).isEqualTo(status);
		}
		assertThat(statusOnceFree(CHAT.formatted("echo", false))).isEqualTo(200);
	}

	/**
	 * A client has the last byte a moment before its place is free.
	 */
	private int statusOnceFree(String body) {
		return Awaitility.await()
			.atMost(WireServer.PATIENCE)
			.until(() -> post("key-of-alone", body).statusCode(), (status) -> status != 429);
	}

	@Test
	void whatIsRefusedForConcurrencyUsesUpNoRequestOfTheMinute() throws Exception {
		InputStream first = open("key-of-both", CHAT.formatted("endless", true));
		assertThat(first.read()).isEqualTo('d');
		for (int i = 0; i < 3; i++) {
			HttpResponse<String> refused = post("key-of-both", CHAT.formatted("echo", false));
			assertThat(refused.statusCode()).isEqualTo(429);
			assertRate(refused, 2, 1);
		}
		first.close();
		Awaitility.await()
			.atMost(WireServer.PATIENCE)
			.until(() -> post("key-of-both", CHAT.formatted("echo", false)).statusCode() == 200);
		assertRate(post("key-of-both", CHAT.formatted("echo", false)), 2, 0);
	}

	@Test
	void listingModelsIsNotCounted() throws Exception {
		HttpResponse<String> response = this.server
			.send(this.server.request("/v1/models", "Authorization", "Bearer key-of-three").GET());
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(response.headers().firstValue("x-ratelimit-limit-requests")).isEmpty();
	}

	private static void assertRate(HttpResponse<String> response, int limit, int left) {
		assertThat(response.headers().firstValue("x-ratelimit-limit-requests")).hasValue(Integer.toString(limit));
		assertThat(response.headers().firstValue("x-ratelimit-remaining-requests")).hasValue(Integer.toString(left));
		assertThat(response.headers().firstValue("x-ratelimit-reset-requests").orElseThrow())
			.matches("[1-5]?[0-9]s|1m0s");
	}

	private HttpResponse<String> post(String key, String body) throws Exception {
		return this.server.post("/v1/chat/completions", body, "Authorization", "Bearer " + key);
	}

	private InputStream open(String key, String body) throws Exception {
		return this.server.client()
			.send(this.server.request("/v1/chat/completions", "Authorization", "Bearer " + key)
				.POST(HttpRequest.BodyPublishers.ofString(body))
				.build(), HttpResponse.BodyHandlers.ofInputStream())
			.body();
	}

}
