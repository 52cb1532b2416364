package io.llmserving.test;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;

import io.llmserving.autoconfigure.security.LlmRoutesMatcher;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What holds without keys and issuer, and which pages of other origins may call.
 */
@ExtendWith(OutputCaptureExtension.class)
class OpenAccessTests {

	private static final String WARNING = "The LLM endpoints are open to everybody";

	@Test
	void springBootsOwnSecurityHoldsForAllElseWhereThereAreKeys(CapturedOutput output) throws Exception {
		try (WireServer server = WireServer.secured(WireServer.Application.class,
				new ApiKeyFixture().key("all", "key-of-all")
					.with(OwnSecurity.ADMIN)
					.with("management.endpoints.web.exposure.include=env,health")
					.properties())) {
			String[] key = { "Authorization", "Bearer key-of-all" };
			String[] login = { "Authorization", OwnSecurity.ADMIN_LOGIN };
			assertThat(server.send(server.request("/v1/models", key)).statusCode()).isEqualTo(200);
			assertThat(server.send(server.request("/v1/models", login)).statusCode()).isEqualTo(401);
			for (String path : new String[] { "/actuator/env", "/v1/admin/users" }) {
				assertThat(server.send(server.request(path)).statusCode()).as(path).isEqualTo(401);
				assertThat(server.send(server.request(path, key)).statusCode()).as(path).isEqualTo(401);
				assertThat(server.send(server.request(path, login)).statusCode()).as(path).isEqualTo(200);
			}
		}
		assertThat(output.toString()).doesNotContain(WARNING);
	}

	@Test
	void theApplicationsOwnSecurityIsFollowedAndClosedIsNoReasonToWarn(CapturedOutput output) throws Exception {
		try (WireServer server = WireServer.secured(OwnSecurity.class, OwnSecurity.ADMIN)) {
			assertThat(server.send(server.request("/v1/models")).statusCode()).isEqualTo(401);
			assertThat(server.send(server.request("/v1/models", "Authorization", OwnSecurity.ADMIN_LOGIN)).statusCode())
				.isEqualTo(200);
		}
		assertThat(output.toString()).doesNotContain(WARNING);
	}

	@Test
	void aChainThatLetsEverybodyInIsWarnedOfOnce(CapturedOutput output) throws Exception {
		try (WireServer server = WireServer.secured(OpenSecurity.class)) {
			assertThat(output.toString()).doesNotContain(WARNING);
			assertThat(server.send(server.request("/v1/admin/users")).statusCode()).isEqualTo(401);
			assertThat(output.toString()).doesNotContain(WARNING);
			String body = "{\"model\":\"echo\",\"prompt\":\"x\"}";
			assertThat(server.post("/v1/completions", body).statusCode()).isEqualTo(200);
			assertThat(server.post("/v1/completions", body).statusCode()).isEqualTo(200);
		}
		assertThat(output.toString()).containsOnlyOnce(WARNING);
	}

	@Test
	void denyRefusesEverybodyEvenWhereTheApplicationLetsThemIn() throws Exception {
		try (WireServer server = WireServer.secured(OpenSecurity.class, "llm.serving.security.unauthenticated=deny")) {
			HttpResponse<String> response = server.send(server.request("/v1/models"));
			assertThat(response.statusCode()).isEqualTo(401);
			assertThat(response.body()).contains("invalid_api_key");
		}
	}

	@Test
	void pagesOfAllowedOriginsMayCallTheRoutesAndNoOthers() throws Exception {
		try (WireServer server = WireServer.secured(OwnSecurity.class,
				new ApiKeyFixture().key("all", "key-of-all")
					.with(OwnSecurity.ADMIN)
					.with("llm.serving.security.cors.allowed-origins=https://page.example")
					.properties())) {
			HttpResponse<String> asked = preflight(server, "/v1/chat/completions", "https://page.example");
			assertThat(asked.statusCode()).isEqualTo(200);
			assertThat(asked.headers().firstValue("access-control-allow-origin")).hasValue("https://page.example");
			assertThat(asked.headers().firstValue("access-control-allow-headers").orElseThrow())
				.contains("authorization");
			assertThat(asked.headers().firstValue("access-control-max-age")).hasValue("1800");
			assertThat(preflight(server, "/v1/chat/completions", "https://other.example").statusCode()).isEqualTo(403);
			assertThat(preflight(server, "/v1/admin/users", "https://page.example").headers()
				.firstValue("access-control-allow-origin")).isEmpty();
			HttpResponse<String> models = server.send(server.request("/v1/models", "Origin", "https://page.example",
					"Authorization", "Bearer key-of-all"));
			assertThat(models.statusCode()).isEqualTo(200);
			assertThat(models.headers().firstValue("access-control-allow-origin")).hasValue("https://page.example");
			assertThat(models.headers().firstValue("access-control-allow-credentials")).isEmpty();
			assertThat(server.send(server.request("/v1/models", "Origin", "https://page.example")).statusCode())
				.isEqualTo(401);
		}
	}

	@Test
	void withoutThePropertyNoPageOfAnotherOriginMayCall() throws Exception {
		try (WireServer server = new WireServer()) {
			assertThat(preflight(server, "/v1/models", "https://page.example").headers()
				.firstValue("access-control-allow-origin")).isEmpty();
		}
	}

	private static HttpResponse<String> preflight(WireServer server, String path, String origin) throws Exception {
		return server
			.send(server
				.request(path, "Origin", origin, "Access-Control-Request-Method", "POST",
						"Access-Control-Request-Headers", "authorization,content-type")
				.method("OPTIONS", HttpRequest.BodyPublishers.noBody()));
	}

	/**
	 * As in the sample application: the starter's routes are for everybody.
	 */
	@Configuration(proxyBeanMethods = false)
	static class OpenSecurity {

		@Bean
		SecurityWebFilterChain openChain(ServerHttpSecurity http, LlmRoutesMatcher routes) {
			return http.csrf(ServerHttpSecurity.CsrfSpec::disable)
				.authorizeExchange((exchanges) -> exchanges.matchers(routes).permitAll().anyExchange().authenticated())
				.build();
		}

	}

}
