package io.llmserving.bench.load;

import java.net.URI;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A server under load.
 *
 * @param base its base URL, as in {@code http://127.0.0.1:8080/v1}
 * @param model name of the model, null for the server's default
 * @param key API key, null for none
 * @param chat whether chat completions are asked for instead of completions
 * @param headers further headers of every request
 */
public record Target(URI base, @Nullable String model, @Nullable String key, boolean chat,
		Map<String, String> headers) {

	public Target {
		if (base.getHost() == null || !("http".equals(base.getScheme()) || "https".equals(base.getScheme()))) {
			throw new IllegalArgumentException(
					"'%s' is no base URL; give one like http://127.0.0.1:8080/v1".formatted(base));
		}
	}

	/**
	 * Returns the URL of one of the server's paths below the base.
	 */
	public URI url(String path) {
		String start = this.base.toString();
		return URI.create((start.endsWith("/") ? start.substring(0, start.length() - 1) : start) + path);
	}

	URI completions() {
		return url(this.chat ? "/chat/completions" : "/completions");
	}

	boolean tls() {
		return "https".equals(this.base.getScheme());
	}

	int port() {
		return (this.base.getPort() > 0) ? this.base.getPort() : tls() ? 443 : 80;
	}

}
