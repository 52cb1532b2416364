package io.llmserving.autoconfigure.web;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

import io.llmserving.api.ChatMessage;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.LlmServing;
import io.llmserving.api.Tokenizer;
import io.llmserving.autoconfigure.openai.RequestParser;
import io.llmserving.autoconfigure.openai.TokenizeRequest;

/**
 * Turns text into token ids and back.
 */
public final class TokenHandler {

	private final Engines engines;

	private final RequestParser parser;

	private final JsonMapper json;

	private final RequestBodies bodies;

	public TokenHandler(LlmServing serving, RequestParser parser, JsonMapper json, int maxRequestBytes) {
		this.engines = new Engines(serving);
		this.parser = parser;
		this.json = json;
		this.bodies = new RequestBodies(maxRequestBytes);
	}

	Mono<ServerResponse> tokenize(ServerRequest request) {
		return handle(request, (caller, body) -> {
			TokenizeRequest parsed = this.parser.tokenize(body);
			LlmEngine engine = this.engines.find(caller, parsed.model());
			return engine.ready().map((info) -> {
				int[] tokens = tokens(engine.tokenizer(), parsed);
				Map<String, Object> answer = new LinkedHashMap<>();
				answer.put("count", tokens.length);
				answer.put("max_model_len", info.contextLength());
				answer.put("tokens", tokens);
				return answer;
			});
		});
	}

	Mono<ServerResponse> detokenize(ServerRequest request) {
		return handle(request, (caller, body) -> {
			TokenizeRequest.Detokenize parsed = this.parser.detokenize(body);
			int[] tokens = parsed.tokens().stream().mapToInt(Integer::intValue).toArray();
			return Mono
				.just(Map.of("prompt", this.engines.find(caller, parsed.model()).tokenizer().decode(tokens, false)));
		});
	}

	private Mono<ServerResponse> handle(ServerRequest request,
			BiFunction<Caller, byte[], Mono<Map<String, Object>>> answer) {
		return this.bodies.read(request)
			.flatMap((body) -> answer.apply(Caller.of(request.exchange()), body))
			.flatMap((body) -> ByteResponse.json(this.json.writeValueAsString(body)));
	}

	private static int[] tokens(Tokenizer tokenizer, TokenizeRequest request) {
		List<ChatMessage> messages = request.messages();
		return (messages != null) ? tokenizer.encodeChat(messages, request.addGenerationPrompt())
				: tokenizer.encode(request.prompt(), request.addSpecialTokens(), true);
	}

}
