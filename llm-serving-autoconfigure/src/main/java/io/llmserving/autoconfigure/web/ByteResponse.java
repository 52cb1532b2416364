package io.llmserving.autoconfigure.web;

import java.nio.charset.StandardCharsets;
import java.time.Duration;

import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

import io.llmserving.autoconfigure.openai.ErrorBody;

/**
 * Answers whose bytes are ready, independent of the application's own message writers.
 */
final class ByteResponse {

	private ByteResponse() {
	}

	static Mono<ServerResponse> json(String body) {
		return ServerResponse.ok()
			.contentType(MediaType.APPLICATION_JSON)
			.bodyValue(body.getBytes(StandardCharsets.UTF_8));
	}

	static Mono<ServerResponse> error(ErrorBody error) {
		ServerResponse.BodyBuilder response = ServerResponse.status(error.status())
			.contentType(MediaType.APPLICATION_JSON);
		Duration retryAfter = error.retryAfter();
		if (retryAfter != null) {
			response.header(HttpHeaders.RETRY_AFTER, Long.toString(seconds(retryAfter)));
		}
		return response.bodyValue(error.json().getBytes(StandardCharsets.UTF_8));
	}

	/**
	 * Returns whole seconds, rounded up, at least one.
	 */
	static long seconds(Duration duration) {
		return Math.max(1, (duration.toMillis() + 999) / 1000);
	}

}
