package io.llmserving.autoconfigure.security;

import java.util.List;

import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.reactive.CorsWebFilter;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

import io.llmserving.autoconfigure.security.LlmSecurityProperties.Cors;
import io.llmserving.autoconfigure.web.ProtectedRoutes;

/**
 * Answers browsers that ask whether a page of another origin may call the starter's
 * routes. Before Spring Security, because such a question carries no key. Credentials of
 * the browser's own, such as cookies, are never allowed: pages send keys themselves.
 */
final class RoutesCorsFilter implements WebFilter, Ordered {

	/** Before Spring Security's filter, which is at -100. */
	private static final int ORDER = -110;

	private final List<ProtectedRoutes> routes;

	private final boolean active;

	private final CorsWebFilter cors;

	RoutesCorsFilter(List<ProtectedRoutes> routes, Cors properties) {
		this.routes = routes;
		this.active = !properties.allowedOrigins().isEmpty();
		CorsConfiguration configuration = new CorsConfiguration();
		configuration.setAllowedOrigins(properties.allowedOrigins());
		configuration.setAllowedMethods(List.of("GET", "POST"));
		configuration.setAllowedHeaders(List.of("*"));
		configuration.setExposedHeaders(List.of(HttpHeaders.RETRY_AFTER, "x-ratelimit-limit-requests",
				"x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"));
		configuration.setMaxAge(properties.maxAge());
		this.cors = new CorsWebFilter((exchange) -> configuration);
	}

	@Override
	public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
		if (!this.active || exchange.getRequest().getHeaders().getOrigin() == null) {
			return chain.filter(exchange);
		}
		return ProtectedRoutes.matchAny(this.routes, exchange)
			.flatMap((ours) -> ours ? this.cors.filter(exchange, chain) : chain.filter(exchange));
	}

	@Override
	public int getOrder() {
		return ORDER;
	}

}
