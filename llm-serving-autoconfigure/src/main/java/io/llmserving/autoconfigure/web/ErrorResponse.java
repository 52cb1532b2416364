package io.llmserving.autoconfigure.web;

import java.nio.charset.StandardCharsets;
import java.time.Duration;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

import io.llmserving.autoconfigure.openai.ErrorBody;

/**
 * Writes errors in the protocol's shape, for those who stand before the routes.
 */
public final class ErrorResponse {

	private ErrorResponse() {
	}

	/**
	 * Writes an error as the answer to a request.
	 */
	public static Mono<Void> write(ServerWebExchange exchange, ErrorBody error) {
		ServerHttpResponse response = exchange.getResponse();
		head(response, error);
		DataBuffer buffer = response.bufferFactory().wrap(error.json().getBytes(StandardCharsets.UTF_8));
		return response.writeWith(Mono.just(buffer));
	}

	/**
	 * Sets status and headers.
	 */
	static void head(ServerHttpResponse response, ErrorBody error) {
		response.setRawStatusCode(error.status());
		response.getHeaders().setContentType(MediaType.APPLICATION_JSON);
		Duration retryAfter = error.retryAfter();
		if (retryAfter != null) {
			response.getHeaders().set(HttpHeaders.RETRY_AFTER, Long.toString(ByteResponse.seconds(retryAfter)));
		}
	}

}
