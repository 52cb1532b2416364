package io.llmserving.autoconfigure.security;

import java.util.List;

import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.convert.converter.Converter;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.authentication.AuthenticationServiceException;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.ReactiveJwtDecoder;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;
import org.springframework.security.oauth2.server.resource.authentication.JwtReactiveAuthenticationManager;
import reactor.core.publisher.Mono;

import io.llmserving.autoconfigure.web.Caller;

/**
 * Tokens of the issuer that Spring Boot's resource server is configured with.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass({ JwtReactiveAuthenticationManager.class, ReactiveJwtDecoder.class })
@ConditionalOnBean(ReactiveJwtDecoder.class)
class IssuedTokensConfiguration {

	@Bean
	IssuedTokens llmIssuedTokens(ReactiveJwtDecoder decoder, LlmSecurityProperties properties,
			ObjectProvider<Converter<Jwt, ? extends Mono<? extends AbstractAuthenticationToken>>> converters) {
		JwtReactiveAuthenticationManager manager = new JwtReactiveAuthenticationManager(decoder);
		converters.ifUnique(manager::setJwtAuthenticationConverter);
		return (token) -> manager.authenticate(new BearerTokenAuthenticationToken(token))
			.onErrorMap((ex) -> !(ex instanceof AuthenticationException), IssuedTokensConfiguration::unavailable)
			.map((checked) -> BearerTokens.authenticated(
					caller(((JwtAuthenticationToken) checked).getToken(), properties.jwt()),
					List.copyOf(checked.getAuthorities())));
	}

	// Without a name there would be no telling whose limits and prefixes they are.
	private static Caller caller(Jwt token, LlmSecurityProperties.Jwt jwt) {
		Object name = token.getClaim(jwt.tenantClaim());
		if (name == null || name.toString().isBlank()) {
			throw new BadCredentialsException("The token has no claim '%s'".formatted(jwt.tenantClaim()));
		}
		return new Caller(name.toString(), true, models(token, jwt.modelsClaim()), jwt.requestsPerMinute(),
				jwt.concurrency());
	}

	// Whatever goes wrong with the issuer's keys is no mistake of the caller's.
	private static AuthenticationException unavailable(Throwable cause) {
		return new AuthenticationServiceException(String.valueOf(cause.getMessage()), cause);
	}

	// A token without the claim is one that grants no model, not one that grants all.
	private static List<String> models(Jwt token, @Nullable String claim) {
		if (claim == null) {
			return List.of();
		}
		List<String> models = token.getClaimAsStringList(claim);
		return (models == null || models.isEmpty()) ? List.of("") : models;
	}

}
