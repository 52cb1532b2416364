package io.llmserving.autoconfigure.security;

import java.util.List;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.web.server.SecurityWebFiltersOrder;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.security.web.server.authentication.AuthenticationWebFilter;
import org.springframework.security.web.server.context.NoOpServerSecurityContextRepository;
import org.springframework.security.web.server.savedrequest.NoOpServerRequestCache;
import org.springframework.web.server.WebFilter;
import reactor.core.publisher.Mono;

import io.llmserving.autoconfigure.LlmServingAutoConfiguration;
import io.llmserving.autoconfigure.OpenAiWebFluxAutoConfiguration;
import io.llmserving.autoconfigure.web.Caller;
import io.llmserving.autoconfigure.web.ProtectedRoutes;

/**
 * Closes the starter's routes once there are API keys or an issuer. Comes after all that
 * secures the application, whose own chains must not back off because of this one; and
 * says nothing about any other URL. It comes last of all, too: sorted by its name it
 * would draw what it comes after to the front, before others that some of those count on.
 */
@AutoConfiguration(after = { LlmServingAutoConfiguration.class, OpenAiWebFluxAutoConfiguration.class }, afterName = {
		"org.springframework.boot.security.autoconfigure.web.reactive.ReactiveWebSecurityAutoConfiguration",
		"org.springframework.boot.security.autoconfigure.actuate.web.reactive.ReactiveManagementWebSecurityAutoConfiguration",
		"org.springframework.boot.security.oauth2.server.resource.autoconfigure.reactive.ReactiveOAuth2ResourceServerAutoConfiguration",
		"org.springframework.boot.security.oauth2.server.resource.autoconfigure.web.reactive.ReactiveOAuth2ResourceServerWebSecurityAutoConfiguration" })
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnClass({ ServerHttpSecurity.class, SecurityWebFilterChain.class, WebFilter.class })
@ConditionalOnBean(ProtectedRoutes.class)
public final class LlmSecurityAutoConfiguration {

	@Bean
	LlmRoutesMatcher llmRoutesMatcher(ObjectProvider<ProtectedRoutes> routes) {
		return new LlmRoutesMatcher(routes.orderedStream().toList());
	}

	/**
	 * Needs {@link ServerHttpSecurity} unconditionally: an application without it, though
	 * it has the library, does not start rather than being open.
	 */
	@Configuration(proxyBeanMethods = false)
	@Conditional(OnClosedApi.class)
	@Import(IssuedTokensConfiguration.class)
	static class ClosedApiConfiguration {

		@Bean
		@Order(Ordered.HIGHEST_PRECEDENCE)
		@ConditionalOnMissingBean(name = "llmSecurityWebFilterChain")
		SecurityWebFilterChain llmSecurityWebFilterChain(ServerHttpSecurity http, LlmRoutesMatcher matcher,
				ObjectProvider<ProtectedRoutes> routes, LlmSecurityProperties properties,
				ObjectProvider<IssuedTokens> issued) {
			BearerTokens tokens = new BearerTokens(new ApiKeys(properties.apiKeys()), issued.getIfAvailable());
			OpenAiErrorHandler errors = new OpenAiErrorHandler();
			AuthenticationWebFilter bearer = new AuthenticationWebFilter(tokens);
			bearer.setServerAuthenticationConverter(tokens);
			bearer.setAuthenticationFailureHandler(errors);
			bearer.setSecurityContextRepository(NoOpServerSecurityContextRepository.getInstance());
			List<ProtectedRoutes> all = routes.orderedStream().toList();
			return http.securityMatcher(matcher)
				.csrf(ServerHttpSecurity.CsrfSpec::disable)
				.logout(ServerHttpSecurity.LogoutSpec::disable)
				.requestCache((cache) -> cache.requestCache(NoOpServerRequestCache.getInstance()))
				.securityContextRepository(NoOpServerSecurityContextRepository.getInstance())
				.exceptionHandling((handling) -> handling.authenticationEntryPoint(errors).accessDeniedHandler(errors))
				.addFilterAt(bearer, SecurityWebFiltersOrder.AUTHENTICATION)
				.addFilterAfter(callers(), SecurityWebFiltersOrder.AUTHORIZATION)
				.authorizeExchange((exchanges) -> {
					for (ProtectedRoutes some : all) {
						exchanges.matchers(new LlmRoutesMatcher(List.of(some)))
							.hasAuthority(String.valueOf(BearerTokens.authority(some.scope()).getAuthority()));
					}
					exchanges.anyExchange().denyAll();
				})
				.build();
		}

		/**
		 * Tells the endpoints who the caller is.
		 */
		private static WebFilter callers() {
			return (exchange, chain) -> ReactiveSecurityContextHolder.getContext()
				.mapNotNull(SecurityContext::getAuthentication)
				.mapNotNull(Authentication::getPrincipal)
				.ofType(Caller.class)
				.doOnNext((caller) -> caller.sent(exchange))
				.then(Mono.defer(() -> chain.filter(exchange)));
		}

	}

}
