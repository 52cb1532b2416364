package io.llmserving.autoconfigure.web;

import org.springframework.core.Ordered;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.resource.ResourceWebHandler;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

import io.llmserving.autoconfigure.openai.ErrorBody;

/**
 * Answers unknown paths under the base path in the protocol's shape instead of the
 * application's. Errors of the application's own handlers there stay as they are.
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
			if (response.isCommitted() || error.getStatusCode().value() != 404 || isHandled(exchange)) {
				return Mono.error(error);
			}
			return write(exchange);
		});
	}

	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE;
	}

	/**
	 * Returns whether a handler of the application's own took the request; the handler of
	 * static resources takes all that is left.
	 */
	private static boolean isHandled(ServerWebExchange exchange) {
		Object handler = exchange.getAttribute(HandlerMapping.BEST_MATCHING_HANDLER_ATTRIBUTE);
		return handler != null && !(handler instanceof ResourceWebHandler);
	}

	private static Mono<Void> write(ServerWebExchange exchange) {
		String message = "%s %s: there is no such endpoint".formatted(exchange.getRequest().getMethod(),
				exchange.getRequest().getPath());
		return ErrorResponse.write(exchange, ErrorBody.of(404, message, "not_found"));
	}

}
