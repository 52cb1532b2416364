package io.llmserving.autoconfigure.security;

import java.security.Principal;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.Ordered;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

import io.llmserving.autoconfigure.web.ProtectedRoutes;

/**
 * Says once that everybody may use the endpoints: without Spring Security as soon as the
 * application is ready, with it when its chains let the first nameless request through,
 * because what they do with one is known no sooner.
 */
final class OpenAccessWarning implements WebFilter, Ordered {

	private static final Logger log = LoggerFactory.getLogger(OpenAccessWarning.class);

	private final List<ProtectedRoutes> routes;

	private final boolean secured;

	private final AtomicBoolean done;

	OpenAccessWarning(AccessCheck check, List<ProtectedRoutes> routes) {
		this.routes = routes;
		this.secured = check.secured();
		this.done = new AtomicBoolean(check.closed());
	}

	@EventListener
	void onReady(ApplicationReadyEvent event) {
		if (!this.secured) {
			warn();
		}
	}

	@Override
	public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
		if (this.done.get() || !this.secured) {
			return chain.filter(exchange);
		}
		return nameless(exchange).filter((nameless) -> nameless)
			.flatMap((nameless) -> ProtectedRoutes.matchAny(this.routes, exchange))
			.doOnNext((ours) -> {
				if (ours) {
					warn();
				}
			})
			.then(Mono.defer(() -> chain.filter(exchange)));
	}

	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE - 1;
	}

	// By name, because the type is not there without Spring Security.
	private static Mono<Boolean> nameless(ServerWebExchange exchange) {
		return exchange.getPrincipal()
			.map(Principal::getClass)
			.map((type) -> type.getSimpleName().startsWith("Anonymous"))
			.defaultIfEmpty(true);
	}

	private void warn() {
		if (this.done.compareAndSet(false, true)) {
			log.warn("The LLM endpoints are open to everybody who reaches this application's port. Set "
					+ "llm.serving.security.api-keys, or secure them by a SecurityWebFilterChain of your own.");
		}
	}

}
