package io.llmserving.autoconfigure.security;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

import io.llmserving.autoconfigure.security.LlmSecurityProperties.ApiKey;
import io.llmserving.autoconfigure.security.LlmSecurityProperties.Unauthenticated;

/**
 * What the configuration says about access, known without any library for it.
 *
 * @param keys whether there are API keys
 * @param limits the property that gives callers limits, null for none
 * @param issuer whether there is an issuer of tokens
 * @param deny whether everybody is refused without these
 */
record AccessSettings(boolean keys, @Nullable String limits, boolean issuer, boolean deny) {

	static final String KEYS = "llm.serving.security.api-keys";

	private static final String JWT = "llm.serving.security.jwt";

	static final String UNAUTHENTICATED = "llm.serving.security.unauthenticated";

	static final String ISSUER = "spring.security.oauth2.resourceserver.jwt";

	static AccessSettings of(Environment environment) {
		Binder binder = Binder.get(environment);
		List<ApiKey> keys = binder.bind(KEYS, Bindable.listOf(ApiKey.class)).orElse(List.of());
		boolean limits = keys.stream().anyMatch((key) -> key.requestsPerMinute() != null || key.concurrency() != null);
		boolean jwtLimits = List.of("requests-per-minute", "concurrency")
			.stream()
			.anyMatch((key) -> binder.bind(JWT + "." + key, Integer.class).isBound());
		boolean issuer = List.of("issuer-uri", "jwk-set-uri", "public-key-location")
			.stream()
			.anyMatch((key) -> binder.bind(ISSUER + "." + key, String.class).isBound());
		boolean deny = binder.bind(UNAUTHENTICATED, Unauthenticated.class)
			.orElse(Unauthenticated.FOLLOW_APPLICATION) == Unauthenticated.DENY;
		return new AccessSettings(!keys.isEmpty(), limits ? KEYS : jwtLimits ? JWT : null, issuer, deny);
	}

	boolean closed() {
		return this.keys || this.issuer || this.deny;
	}

	/**
	 * Returns the property that closes the endpoints.
	 */
	String why() {
		return (this.keys ? KEYS : this.issuer ? ISSUER : UNAUTHENTICATED) + " is set";
	}

}
