package io.llmserving.autoconfigure.resilience;

import java.time.Duration;

import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

import io.llmserving.api.QuotaExceededException;
import io.llmserving.autoconfigure.openai.ErrorBody;
import io.llmserving.autoconfigure.web.Caller;
import io.llmserving.autoconfigure.web.ErrorResponse;

/**
 * Holds callers to their limits and tells them in OpenAI's headers where they stand. A
 * request counts from its arrival until its last byte was written, its client went away
 * or it failed.
 */
final class TenantLimitFilter implements WebFilter, Ordered {

	private final TenantLimits limits;

	TenantLimitFilter(TenantLimits limits) {
		this.limits = limits;
	}

	@Override
	public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
		return Mono.defer(() -> {
			TenantLimit limit = limit(exchange);
			return (limit != null) ? limited(exchange, chain, limit) : chain.filter(exchange);
		});
	}

	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE - 2;
	}

	private @Nullable TenantLimit limit(ServerWebExchange exchange) {
		Caller caller = Caller.of(exchange);
		if (exchange.getRequest().getMethod() != HttpMethod.POST
				|| (caller.requestsPerMinute() == null && caller.concurrency() == null)) {
			return null;
		}
		return this.limits.of(caller);
	}

	private static Mono<Void> limited(ServerWebExchange exchange, WebFilterChain chain, TenantLimit limit) {
		try {
			limit.enter();
		}
		catch (QuotaExceededException ex) {
			tell(exchange, limit);
			return ErrorResponse.write(exchange, ErrorBody.of(ex));
		}
		tell(exchange, limit);
		return chain.filter(exchange).doFinally((signal) -> limit.leave());
	}

	private static void tell(ServerWebExchange exchange, TenantLimit limit) {
		if (limit.counted()) {
			HttpHeaders headers = exchange.getResponse().getHeaders();
			headers.set("x-ratelimit-limit-requests", Integer.toString(limit.limit()));
			headers.set("x-ratelimit-remaining-requests", Integer.toString(limit.remaining()));
			headers.set("x-ratelimit-reset-requests", text(limit.reset()));
		}
	}

	/**
	 * Writes a time as OpenAI does: {@code 12s}, {@code 1m0s}.
	 */
	static String text(Duration time) {
		long seconds = (time.toMillis() + 999) / 1000;
		return (seconds < 60) ? seconds + "s" : seconds / 60 + "m" + seconds % 60 + "s";
	}

}
