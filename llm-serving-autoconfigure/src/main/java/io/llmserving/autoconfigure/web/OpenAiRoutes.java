package io.llmserving.autoconfigure.web;

import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

import io.llmserving.autoconfigure.openai.ErrorBody;

/**
 * The routes of OpenAI's protocol under one base path. Errors of these routes, unknown
 * methods included, have the protocol's shape.
 */
public final class OpenAiRoutes {

	private final String base;

	private final CompletionHandler completions;

	private final ModelHandler models;

	private final TokenHandler tokens;

	/**
	 * Creates the routes.
	 * @param base the base path, such as {@code /v1}
	 */
	public OpenAiRoutes(String base, CompletionHandler completions, ModelHandler models, TokenHandler tokens) {
		this.base = base;
		this.completions = completions;
		this.models = models;
		this.tokens = tokens;
	}

	/**
	 * Builds the router.
	 */
	public RouterFunction<ServerResponse> router() {
		RouterFunctions.Builder routes = RouterFunctions.route()
			.POST(this.base + "/chat/completions", this.completions::chat)
			.POST(this.base + "/completions", this.completions::completion)
			.POST(this.base + "/tokenize", this.tokens::tokenize)
			.POST(this.base + "/detokenize", this.tokens::detokenize)
			.GET(this.base + "/models", this.models::list)
			.GET(this.base + "/models/{*id}", this.models::get);
		for (String path : new String[] { "/chat/completions", "/completions", "/tokenize", "/detokenize", "/models",
				"/models/{*id}" }) {
			routes.route(RequestPredicates.path(this.base + path), OpenAiRoutes::wrongMethod);
		}
		return routes.onError(Throwable.class, (error, request) -> respond(error)).build();
	}

	/**
	 * Answers with an error in the protocol's shape, whatever the client accepts.
	 */
	static Mono<ServerResponse> respond(Throwable error) {
		return ByteResponse.error(ProtocolErrors.of(error));
	}

	private static Mono<ServerResponse> wrongMethod(ServerRequest request) {
		return ByteResponse.error(ErrorBody.of(405,
				"%s is not allowed on %s".formatted(request.method(), request.path()), "method_not_allowed"));
	}

}
