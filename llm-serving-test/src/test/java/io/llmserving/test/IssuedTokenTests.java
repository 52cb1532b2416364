package io.llmserving.test;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tokens of an issuer, by Spring Boot's resource server, beside API keys.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class IssuedTokenTests {

	private static final String CHAT = "{\"model\":\"echo\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";

	private final KeyPair issuer = keys();

	private WireServer server;

	@BeforeAll
	void start(@TempDir Path directory) throws Exception {
		Path key = directory.resolve("issuer.pem");
		Files.writeString(key, pem(this.issuer));
		this.server = WireServer.secured(WireServer.Application.class,
				new ApiKeyFixture().key("all", "key-of-all")
					.with("spring.security.oauth2.resourceserver.jwt.public-key-location=file:" + key,
							"llm.serving.security.jwt.models-claim=llm_models")
					.properties());
	}

	@AfterAll
	void stop() {
		this.server.close();
	}

	@Test
	void aTokenWithTheScopeOpensTheModelsOfItsClaim() throws Exception {
		String token = token(this.issuer, "inference profile", List.of("echo"), Duration.ofMinutes(5));
		assertThat(post(token).statusCode()).isEqualTo(200);
		assertThat(this.server.seen.getLast().cacheSalt()).isEqualTo("issued:someone\n");
		String models = this.server.send(this.server.request("/v1/models", "Authorization", "Bearer " + token)).body();
		assertThat(models).contains("\"id\":\"echo\"").doesNotContain("endless");
		assertThat(post("key-of-all").statusCode()).isEqualTo(200);
	}

	@Test
	void aTokenWithoutTheClaimOpensNoModel() throws Exception {
		HttpResponse<String> response = post(token(this.issuer, "inference", null, Duration.ofMinutes(5)));
		assertThat(response.statusCode()).isEqualTo(404);
		assertThat(response.body()).contains("model_not_found");
	}

	@Test
	void aTokenWithoutTheScopeIsForbidden() throws Exception {
		HttpResponse<String> response = post(token(this.issuer, "profile", List.of("echo"), Duration.ofMinutes(5)));
		assertThat(response.statusCode()).isEqualTo(403);
		assertThat(response.body()).contains("insufficient_scope");
	}

	@Test
	void aTokenThatExpiredOrThatAnotherSignedIsRefused() throws Exception {
		assertThat(post(token(this.issuer, "inference", List.of("echo"), Duration.ofMinutes(-5))).statusCode())
			.isEqualTo(401);
		HttpResponse<String> forged = post(token(keys(), "inference", List.of("echo"), Duration.ofMinutes(5)));
		assertThat(forged.statusCode()).isEqualTo(401);
		assertThat(forged.body()).contains("\"code\":\"invalid_api_key\"");
		assertThat(post("a.b.c").statusCode()).isEqualTo(401);
		assertThat(post("key-of-none").statusCode()).isEqualTo(401);
	}

	@Test
	void eachCallerOfAnIssuerHasLimitsOfItsOwn(@TempDir Path directory) throws Exception {
		Path key = directory.resolve("issuer.pem");
		Files.writeString(key, pem(this.issuer));
		try (WireServer limited = WireServer.secured(WireServer.Application.class,
				new ApiKeyFixture().key("anna", "key-of-anna")
					.with("spring.security.oauth2.resourceserver.jwt.public-key-location=file:" + key,
							"llm.serving.security.jwt.tenant-claim=team",
							"llm.serving.security.jwt.requests-per-minute=2", "llm.serving.security.jwt.concurrency=1")
					.properties())) {
			String anna = team("anna", "first device");
			assertThat(post(limited, anna).headers().firstValue("x-ratelimit-remaining-requests")).hasValue("1");
			assertThat(post(limited, team("anna", "second device")).statusCode()).isEqualTo(200);
			HttpResponse<String> refused = post(limited, anna);
			assertThat(refused.statusCode()).isEqualTo(429);
			assertThat(Long.parseLong(refused.headers().firstValue("retry-after").orElseThrow())).isBetween(1L, 60L);
			assertThat(refused.headers().firstValue("x-ratelimit-limit-requests")).hasValue("2");
			assertThat(refused.headers().firstValue("x-ratelimit-remaining-requests")).hasValue("0");
			assertThat(refused.body()).contains("Rate limit reached for 'anna'")
				.contains("\"code\":\"rate_limit_exceeded\"");
			assertThat(post(limited, team("ben", "a device")).statusCode()).isEqualTo(200);
			assertThat(post(limited, "key-of-anna").headers().firstValue("x-ratelimit-limit-requests")).isEmpty();
			String nobody = sign(this.issuer,
					new JWTClaimsSet.Builder().subject("someone").claim("scope", "inference"));
			assertThat(post(limited, nobody).statusCode()).isEqualTo(401);
			assertOneAtATime(limited, team("cleo", "a device"));
		}
	}

	private static void assertOneAtATime(WireServer limited, String token) throws Exception {
		InputStream first = limited.client()
			.send(limited.request("/v1/chat/completions", "Authorization", "Bearer " + token)
				.POST(HttpRequest.BodyPublishers.ofString(
						"{\"model\":\"endless\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"stream\":true}"))
				.build(), HttpResponse.BodyHandlers.ofInputStream())
			.body();
		assertThat(first.read()).isEqualTo('d');
		HttpResponse<String> refused = post(limited, token);
		assertThat(refused.statusCode()).isEqualTo(429);
		assertThat(refused.body()).contains("1 requests run already");
		first.close();
	}

	private String team(String team, String subject) throws Exception {
		return sign(this.issuer,
				new JWTClaimsSet.Builder().subject(subject).claim("team", team).claim("scope", "inference"));
	}

	@Test
	void anIssuerThatIsDownIsNoMistakeOfTheCallersAndKeysGoOnWorking() throws Exception {
		try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			String address = "http://127.0.0.1:%d/keys".formatted(taken.getLocalPort());
			taken.close();
			try (WireServer cutOff = WireServer.secured(WireServer.Application.class,
					new ApiKeyFixture().key("all", "key-of-all")
						.with("spring.security.oauth2.resourceserver.jwt.jwk-set-uri=" + address)
						.properties())) {
				String token = token(this.issuer, "inference", List.of("echo"), Duration.ofMinutes(5));
				HttpResponse<String> response = cutOff.post("/v1/chat/completions", CHAT, "Authorization",
						"Bearer " + token);
				assertThat(response.statusCode()).isEqualTo(503);
				assertThat(response.body()).contains("\"code\":\"issuer_unavailable\"").doesNotContain("127.0.0.1");
				assertThat(cutOff.post("/v1/chat/completions", CHAT, "Authorization", "Bearer key-of-all").statusCode())
					.isEqualTo(200);
			}
		}
	}

	private HttpResponse<String> post(String token) throws Exception {
		return post(this.server, token);
	}

	private static HttpResponse<String> post(WireServer server, String token) throws Exception {
		return server.post("/v1/chat/completions", CHAT, "Authorization", "Bearer " + token);
	}

	private static String pem(KeyPair keys) {
		return "-----BEGIN PUBLIC KEY-----\n" + Base64.getMimeEncoder().encodeToString(keys.getPublic().getEncoded())
				+ "\n-----END PUBLIC KEY-----\n";
	}

	private static String token(KeyPair signer, String scope, List<String> models, Duration life) throws Exception {
		Instant end = Instant.now().plus(life);
		JWTClaimsSet claims = new JWTClaimsSet.Builder().subject("someone")
			.claim("scope", scope)
			.claim("llm_models", models)
			.issueTime(Date.from(end.minus(Duration.ofHours(1))))
			.expirationTime(Date.from(end))
			.build();
		return signed(signer, claims);
	}

	private static String sign(KeyPair signer, JWTClaimsSet.Builder claims) throws Exception {
		Instant now = Instant.now();
		return signed(signer,
				claims.issueTime(Date.from(now)).expirationTime(Date.from(now.plus(Duration.ofMinutes(5)))).build());
	}

	private static String signed(KeyPair signer, JWTClaimsSet claims) throws Exception {
		SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.RS256), claims);
		token.sign(new RSASSASigner(signer.getPrivate()));
		return token.serialize();
	}

	private static KeyPair keys() {
		try {
			KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
			generator.initialize(2048);
			return generator.generateKeyPair();
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

}
