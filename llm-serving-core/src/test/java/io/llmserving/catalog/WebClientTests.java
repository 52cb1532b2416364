package io.llmserving.catalog;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.nio.channels.UnresolvedAddressException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.llmserving.spi.ModelSourceException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Where redirects may lead.
 */
class WebClientTests {

	@ParameterizedTest
	@CsvSource({ "https://a/x, https://b/y, https://b/y", "https://a/x/z, y, https://a/x/y",
			"https://a/x, //b/y, https://b/y", "http://localhost/x, https://b/y, https://b/y",
			"http://127.0.0.1:1/x, http://localhost:2/y, http://localhost:2/y",
			"http://mirror.internal/x, http://store.internal/y, http://store.internal/y" })
	void allowedRedirects(URI from, String location, URI target) throws Exception {
		assertThat(WebClient.target(from, location)).isEqualTo(target);
	}

	@ParameterizedTest
	@CsvSource({ "https://a/x, http://a/x", "https://a/x, http://localhost/x", "http://localhost/x, http://b/y",
			"https://a/x, file:///etc/passwd", "https://a/x, ftp://a/x", "https://a/x, https:y",
			"https://a/x, 'http://['" })
	void refusedRedirects(URI from, String location) {
		assertThatThrownBy(() -> WebClient.target(from, location)).isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("redirects to");
	}

	@Test
	void aRedirectMustSayWhere() {
		assertThatThrownBy(() -> WebClient.target(URI.create("https://a/x"), null))
			.isInstanceOf(ModelSourceException.class)
			.hasMessageContaining("without saying where");
	}

	@ParameterizedTest
	@CsvSource({ "http://localhost/, true", "http://127.0.0.1:8/, true", "http://127.9.9.9/, true",
			"'http://[::1]:8/', true", "http://127.0.0.1.example.com/, false", "http://localhost.example.com/, false",
			"http://10.0.0.1/, false" })
	void loopbackIsThisMachineOnly(URI address, boolean loopback) {
		assertThat(WebClient.isLoopback(address)).isEqualTo(loopback);
	}

	@Test
	void theReasonOfAFailedConnectionIsFoundAmongItsCauses() {
		IOException unresolved = new ConnectException();
		unresolved.initCause(new IOException(new UnresolvedAddressException()));
		assertThat(WebClient.reason(unresolved)).isEqualTo("unknown host");
		assertThat(WebClient.reason(new ConnectException())).isEqualTo("connection refused");
		assertThat(WebClient.reason(new ConnectException("odd"))).isEqualTo("odd");
	}

}
