package io.llmserving.sample;

import org.springframework.boot.security.autoconfigure.actuate.web.reactive.EndpointRequest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.security.web.server.csrf.CsrfWebFilter;
import org.springframework.security.web.server.util.matcher.AndServerWebExchangeMatcher;
import org.springframework.security.web.server.util.matcher.NegatedServerWebExchangeMatcher;
import org.springframework.security.web.server.util.matcher.OrServerWebExchangeMatcher;
import org.springframework.security.web.server.util.matcher.ServerWebExchangeMatcher;
import org.springframework.security.web.server.util.matcher.ServerWebExchangeMatchers;

import io.llmserving.autoconfigure.security.LlmRoutesMatcher;

/**
 * The application's own security. It lets everybody on this machine use the models, by
 * their endpoints or a page, see whether they are healthy, and read their metrics; all
 * else needs the login that Spring Boot logs at the start. Once there are API keys, the
 * starter's own chain comes first and closes its routes. The application listens on
 * loopback only.
 */
@Configuration(proxyBeanMethods = false)
class SampleSecurity {

	@Bean
	SecurityWebFilterChain sampleChain(ServerHttpSecurity http, LlmRoutesMatcher routes) {
		ServerWebExchangeMatcher models = new OrServerWebExchangeMatcher(routes,
				ServerWebExchangeMatchers.pathMatchers("/llm", "/llm/**", "/chat/**"));
		// Programs that call the models have no session that a foreign page could abuse.
		ServerWebExchangeMatcher csrf = new AndServerWebExchangeMatcher(CsrfWebFilter.DEFAULT_CSRF_MATCHER,
				new NegatedServerWebExchangeMatcher(models));
		return http.csrf((spec) -> spec.requireCsrfProtectionMatcher(csrf))
			.authorizeExchange((exchanges) -> exchanges.matchers(models, EndpointRequest.to("health", "prometheus"))
				.permitAll()
				.anyExchange()
				.authenticated())
			.httpBasic(Customizer.withDefaults())
			.build();
	}

}
