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
		String claim = properties.jwt().modelsClaim();
		return (token) -> manager.authenticate(new BearerTokenAuthenticationToken(token))
			.onErrorMap((ex) -> !(ex instanceof AuthenticationException), IssuedTokensConfiguration::unavailable)
			.map((checked) -> BearerTokens.authenticated(new Caller(checked.getName(),
					models(((JwtAuthenticationToken) checked).getToken(), claim), null, null),
					List.copyOf(checked.getAuthorities())));
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
