package io.llmserving.autoconfigure.web;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.ServerWebExchangeDecorator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Routes that callers need a scope for. The router itself is asked which requests are its
 * own, so that no pattern can say otherwise.
 *
 * @param router the routes
 * @param scope what callers must have been granted
 */
public record ProtectedRoutes(RouterFunction<?> router, String scope) {

	/** Scope of those who generate, tokenize and list models. */
	public static final String INFERENCE = "inference";

	/**
	 * Returns whether a request goes to these routes, without leaving a trace in it.
	 */
	public Mono<Boolean> match(ServerWebExchange exchange) {
		ServerRequest request = ServerRequest.create(new Untouched(exchange), List.of());
		return this.router.route(request).hasElement();
	}

	/**
	 * Returns whether a request goes to any of some routes.
	 */
	public static Mono<Boolean> matchAny(List<ProtectedRoutes> routes, ServerWebExchange exchange) {
		return Flux.fromIterable(routes).concatMap((some) -> some.match(exchange)).any((matched) -> matched);
	}

	/**
	 * A request whose attributes stay as they are: routing writes patterns and variables
	 * into them, and would combine them with those of the routing that follows.
	 */
	private static final class Untouched extends ServerWebExchangeDecorator {

		private final Map<String, Object> attributes;

		Untouched(ServerWebExchange exchange) {
			super(exchange);
			this.attributes = new HashMap<>(exchange.getAttributes());
		}

		@Override
		public Map<String, Object> getAttributes() {
			return this.attributes;
		}

	}

}
