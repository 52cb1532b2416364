package io.llmserving.autoconfigure.web;

import java.nio.charset.StandardCharsets;

import org.springframework.core.Ordered;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

import io.llmserving.autoconfigure.openai.ErrorBody;

/**
 * Gives errors under the base path that no route of ours answered, such as an unknown
 * path, the protocol's shape instead of the application's.
 */
public final class ProtocolErrorFilter implements WebFilter, Ordered {

	private final String base;

	public ProtocolErrorFilter(String base) {
		this.base = base;
	}

	@Override
	public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
		if (!exchange.getRequest().getPath().pathWithinApplication().value().startsWith(this.base + "/")) {
			return chain.filter(exchange);
		}
		return chain.filter(exchange).onErrorResume(ResponseStatusException.class, (error) -> {
			ServerHttpResponse response = exchange.getResponse();
			if (response.isCommitted()) {
				return Mono.error(error);
			}
			return write(exchange, response, error);
		});
	}

	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE;
	}

	private static Mono<Void> write(ServerWebExchange exchange, ServerHttpResponse response,
			ResponseStatusException error) {
		int status = error.getStatusCode().value();
		String message = "%s %s: %s".formatted(exchange.getRequest().getMethod(), exchange.getRequest().getPath(),
				(status == 404) ? "there is no such endpoint" : error.getBody().getDetail());
		ErrorBody body = ErrorBody.of(status, message, (status == 404) ? "not_found" : null);
		response.setRawStatusCode(status);
		response.getHeaders().setContentType(MediaType.APPLICATION_JSON);
		DataBuffer buffer = response.bufferFactory().wrap(body.json().getBytes(StandardCharsets.UTF_8));
		return response.writeWith(Mono.just(buffer));
	}

}
