package io.llmserving.test;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.List;

import javax.net.ssl.SSLContext;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * TLS with certificates of both sides, by a bundle of Spring Boot's, whose files change
 * while the application runs.
 */
class TlsTests {

	private static final String BUNDLE = "spring.ssl.bundle.jks.api.";

	@TempDir
	private Path directory;

	@Test
	void bothSidesShowCertificatesAndANewOneIsServedWithoutARestart() throws Exception {
		GeneratedCertificate first = GeneratedCertificate.make(this.directory, "first");
		GeneratedCertificate second = GeneratedCertificate.make(this.directory, "second");
		GeneratedCertificate caller = GeneratedCertificate.make(this.directory, "caller");
		Path callers = GeneratedCertificate.trusting(this.directory.resolve("callers.p12"), List.of(caller));
		Path servers = GeneratedCertificate.trusting(this.directory.resolve("servers.p12"), List.of(first, second));
		Path served = Files.copy(first.store(), this.directory.resolve("served.p12"));
		try (WireServer server = new WireServer("server.ssl.bundle=api", "server.ssl.client-auth=need",
				BUNDLE + "keystore.location=file:" + served, BUNDLE + "keystore.password=changeit",
				BUNDLE + "truststore.location=file:" + callers, BUNDLE + "truststore.password=changeit",
				BUNDLE + "reload-on-update=true", "spring.ssl.bundle.watch.file.quiet-period=100ms")) {
			SSLContext known = GeneratedCertificate.client(servers, caller);
			HttpResponse<String> answer = models(server, known);
			assertThat(answer.statusCode()).isEqualTo(200);
			assertThat(shown(answer)).isEqualTo(first.certificate());
			assertThatExceptionOfType(IOException.class)
				.isThrownBy(() -> models(server, GeneratedCertificate.client(servers, null)));
			assertThatExceptionOfType(IOException.class)
				.isThrownBy(() -> models(server, GeneratedCertificate.client(servers, second)));
			Path next = Files.copy(second.store(), this.directory.resolve("next.p12"));
			Files.move(next, served, StandardCopyOption.ATOMIC_MOVE);
			Awaitility.await()
				.atMost(Duration.ofSeconds(60))
				.until(() -> shown(models(server, known)).equals(second.certificate()));
			assertThat(models(server, known).body()).contains("\"id\":\"echo\"");
		}
	}

	/** Asks by a connection of its own. */
	private static HttpResponse<String> models(WireServer server, SSLContext context) throws Exception {
		try (HttpClient client = HttpClient.newBuilder()
			.version(HttpClient.Version.HTTP_1_1)
			.sslContext(context)
			.build()) {
			return client
				.send(HttpRequest.newBuilder(URI.create("https://localhost:%d/v1/models".formatted(server.port)))
					.timeout(Duration.ofSeconds(20))
					.build(), HttpResponse.BodyHandlers.ofString());
		}
	}

	private static Certificate shown(HttpResponse<String> answer) throws Exception {
		return answer.sslSession().orElseThrow().getPeerCertificates()[0];
	}

}
