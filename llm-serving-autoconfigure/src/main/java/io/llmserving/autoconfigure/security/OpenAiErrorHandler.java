package io.llmserving.autoconfigure.security;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authentication.AuthenticationServiceException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.web.server.ServerAuthenticationEntryPoint;
import org.springframework.security.web.server.WebFilterExchange;
import org.springframework.security.web.server.authentication.ServerAuthenticationFailureHandler;
import org.springframework.security.web.server.authorization.ServerAccessDeniedHandler;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

import io.llmserving.autoconfigure.openai.ErrorBody;
import io.llmserving.autoconfigure.web.ErrorResponse;

/**
 * Refuses callers in OpenAI's shape.
 */
final class OpenAiErrorHandler
		implements ServerAuthenticationEntryPoint, ServerAuthenticationFailureHandler, ServerAccessDeniedHandler {

	private static final Logger log = LoggerFactory.getLogger(OpenAiErrorHandler.class);

	@Override
	public Mono<Void> commence(ServerWebExchange exchange, AuthenticationException ex) {
		if (exchange.getRequest().getHeaders().getFirst(HttpHeaders.AUTHORIZATION) == null) {
			return unauthorized(exchange,
					"No API key was sent: send it in the header 'Authorization: Bearer <API key>'");
		}
		return unauthorized(exchange, "The API key is not valid");
	}

	@Override
	public Mono<Void> onAuthenticationFailure(WebFilterExchange filters, AuthenticationException ex) {
		if (ex instanceof AuthenticationServiceException) {
			log.warn("A token could not be checked: {}", ex.getMessage());
			return ErrorResponse.write(filters.getExchange(),
					ErrorBody.of(503, "The token can't be checked at the moment", "issuer_unavailable"));
		}
		return commence(filters.getExchange(), ex);
	}

	@Override
	public Mono<Void> handle(ServerWebExchange exchange, AccessDeniedException ex) {
		return ErrorResponse.write(exchange,
				ErrorBody.of(403,
						"This API key lacks the scope that %s needs".formatted(exchange.getRequest().getPath().value()),
						"insufficient_scope"));
	}

	private static Mono<Void> unauthorized(ServerWebExchange exchange, String message) {
		exchange.getResponse().getHeaders().set(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
		return ErrorResponse.write(exchange, ErrorBody.of(401, message, "invalid_api_key"));
	}

}
