package io.llmserving.autoconfigure.web;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

import org.jspecify.annotations.Nullable;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

import io.llmserving.api.GenerationEvent;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.LlmServing;
import io.llmserving.autoconfigure.openai.AnswerIdentity;
import io.llmserving.autoconfigure.openai.AnswerWriter;
import io.llmserving.autoconfigure.openai.ApiRequest;
import io.llmserving.autoconfigure.openai.ChatWriter;
import io.llmserving.autoconfigure.openai.CompletionWriter;
import io.llmserving.autoconfigure.openai.RequestParser;

/**
 * Answers chat and text completions, streamed or whole.
 */
public final class CompletionHandler {

	private final Engines engines;

	private final RequestParser parser;

	private final RequestBodies bodies;

	private final RequestDeadlines deadlines;

	private final Duration heartbeat;

	private final Clock clock;

	/**
	 * Creates a handler.
	 * @param maxRequestBytes largest body that is read
	 * @param maxTimeout longest deadline that a client may set
	 * @param heartbeat how often a silent stream sends a comment, zero for never
	 */
	public CompletionHandler(LlmServing serving, RequestParser parser, int maxRequestBytes, Duration maxTimeout,
			Duration heartbeat, Clock clock) {
		this.engines = new Engines(serving);
		this.parser = parser;
		this.bodies = new RequestBodies(maxRequestBytes);
		this.deadlines = new RequestDeadlines(maxTimeout);
		this.heartbeat = heartbeat;
		this.clock = clock;
	}

	Mono<ServerResponse> chat(ServerRequest request) {
		return answer(request, this.parser::chat, "chatcmpl-",
				(identity, parsed, engine) -> new ChatWriter(identity, parsed.style()));
	}

	Mono<ServerResponse> completion(ServerRequest request) {
		return answer(request, this.parser::completion, "cmpl-",
				(identity, parsed, engine) -> new CompletionWriter(identity, parsed.style(),
						parsed.generations().size(), (tokens) -> engine.tokenizer().decode(tokens, true)));
	}

	private Mono<ServerResponse> answer(ServerRequest request, BiFunction<byte[], @Nullable String, ApiRequest> parse,
			String prefix, Writers writers) {
		Caller caller = Caller.of(request.exchange());
		String requestId = request.headers().firstHeader("X-Request-Id");
		String header = (requestId != null && !requestId.isBlank()) ? requestId : null;
		return this.bodies.read(request).map((body) -> parse.apply(body, header)).flatMap((parsed) -> {
			LlmEngine engine = this.engines.find(caller, parsed.style().model());
			String model = parsed.style().model();
			AnswerIdentity identity = AnswerIdentity.create(prefix, parsed.generations().get(0).requestId(),
					(model != null) ? model : engine.id(), () -> Engines.fingerprint(engine), this.clock);
			return respond(request, engine, parsed, writers.create(identity, parsed, engine));
		});
	}

	private Mono<ServerResponse> respond(ServerRequest request, LlmEngine engine, ApiRequest parsed,
			AnswerWriter writer) {
		Caller caller = Caller.of(request.exchange());
		UnaryOperator<Context> loop = EventLoops.of(request.exchange().getRequest());
		List<Flux<String>> streams = new ArrayList<>();
		boolean stream = parsed.style().stream();
		for (int i = 0; i < parsed.generations().size(); i++) {
			int prompt = i;
			GenerationRequest generation = this.deadlines.apply(request, parsed.generations().get(i));
			Flux<GenerationEvent> events = this.engines
				.generate(engine, generation.toBuilder().cacheSalt(caller.salt(generation.cacheSalt())).build())
				.contextWrite(loop::apply);
			streams.add(events.map((event) -> {
				synchronized (writer) {
					if (stream) {
						return writer.frames(prompt, event);
					}
					writer.collect(prompt, event);
					return "";
				}
			}));
		}
		Flux<String> frames = (streams.size() == 1) ? streams.get(0)
				: Flux.merge(Flux.fromIterable(streams), streams.size());
		if (stream) {
			Flux<String> whole = frames.concatWith(Mono.fromSupplier(writer::end));
			return Mono.just(new EventStreamResponse(whole, engine.ready(), this.heartbeat));
		}
		return frames.then(Mono.defer(() -> ByteResponse.json(writer.body())));
	}

	/**
	 * Makes the writer of an answer.
	 */
	@FunctionalInterface
	private interface Writers {

		AnswerWriter create(AnswerIdentity identity, ApiRequest parsed, LlmEngine engine);

	}

}
