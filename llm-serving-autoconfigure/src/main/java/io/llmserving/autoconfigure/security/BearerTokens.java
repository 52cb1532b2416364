package io.llmserving.autoconfigure.security;

import java.util.List;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.ReactiveAuthenticationManager;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.web.server.authentication.ServerAuthenticationConverter;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

import io.llmserving.autoconfigure.security.LlmSecurityProperties.ApiKey;
import io.llmserving.autoconfigure.web.Caller;

/**
 * Takes the bearer token of a request for an API key, else for a token of the issuer. The
 * principal that comes of it is a {@link Caller}.
 */
final class BearerTokens implements ServerAuthenticationConverter, ReactiveAuthenticationManager {

	private static final String SCHEME = "Bearer ";

	private final ApiKeys keys;

	private final @Nullable IssuedTokens issued;

	BearerTokens(ApiKeys keys, @Nullable IssuedTokens issued) {
		this.keys = keys;
		this.issued = issued;
	}

	@Override
	public Mono<Authentication> convert(ServerWebExchange exchange) {
		String header = exchange.getRequest().getHeaders().getFirst(HttpHeaders.AUTHORIZATION);
		if (header == null || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
			return Mono.empty();
		}
		String token = header.substring(SCHEME.length()).strip();
		return Mono.just(UsernamePasswordAuthenticationToken.unauthenticated("", token));
	}

	@Override
	public Mono<Authentication> authenticate(Authentication authentication) {
		String token = String.valueOf(authentication.getCredentials());
		ApiKey key = this.keys.find(token);
		if (key != null) {
			Caller caller = new Caller(key.id(), false, key.models(), key.requestsPerMinute(), key.concurrency());
			return Mono.just(authenticated(caller, key.scopes().stream().map(BearerTokens::authority).toList()));
		}
		if (this.issued == null) {
			return Mono.error(new BadCredentialsException("There is no such API key"));
		}
		return this.issued.authenticate(token);
	}

	static Authentication authenticated(Caller caller, List<? extends GrantedAuthority> authorities) {
		return UsernamePasswordAuthenticationToken.authenticated(caller, null, authorities);
	}

	/**
	 * Returns the authority that stands for a scope, named as Spring Security names those
	 * of tokens.
	 */
	static GrantedAuthority authority(String scope) {
		return new SimpleGrantedAuthority("SCOPE_" + scope);
	}

}
