package io.llmserving.autoconfigure.security;

import java.util.List;

import org.springframework.security.web.server.util.matcher.ServerWebExchangeMatcher;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

import io.llmserving.autoconfigure.web.ProtectedRoutes;

/**
 * Matches the requests that go to the starter's routes, and no others: not even those of
 * the application's own handlers under the same base path. A bean, for an application's
 * own {@code SecurityWebFilterChain}.
 */
public final class LlmRoutesMatcher implements ServerWebExchangeMatcher {

	private final List<ProtectedRoutes> routes;

	/**
	 * Creates a matcher.
	 */
	public LlmRoutesMatcher(List<ProtectedRoutes> routes) {
		this.routes = List.copyOf(routes);
	}

	@Override
	public Mono<MatchResult> matches(ServerWebExchange exchange) {
		return ProtectedRoutes.matchAny(this.routes, exchange)
			.flatMap((matched) -> matched ? MatchResult.match() : MatchResult.notMatch());
	}

}
