package io.llmserving.autoconfigure.security;

import org.springframework.security.core.Authentication;
import reactor.core.publisher.Mono;

/**
 * Checks tokens of an issuer.
 */
@FunctionalInterface
interface IssuedTokens {

	/**
	 * Returns whose token it is, or an {@code AuthenticationException}.
	 */
	Mono<Authentication> authenticate(String token);

}
