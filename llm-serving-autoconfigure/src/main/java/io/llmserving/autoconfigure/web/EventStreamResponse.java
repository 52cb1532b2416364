package io.llmserving.autoconfigure.web;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseCookie;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import io.llmserving.autoconfigure.openai.AnswerWriter;
import io.llmserving.autoconfigure.openai.ErrorBody;

/**
 * Server-sent events as our own bytes. Headers are committed with the first frame or the
 * first heartbeat, whichever is first; an error before that is plain JSON with its
 * status, one after it a last event. A client that goes away cancels the frames.
 */
final class EventStreamResponse implements ServerResponse {

	private static final MediaType EVENT_STREAM = new MediaType("text", "event-stream", StandardCharsets.UTF_8);

	private final Flux<String> frames;

	private final Mono<?> admitted;

	private final Duration heartbeat;

	/**
	 * Creates a response.
	 * @param frames whole frames, several may be in one string
	 * @param admitted ends once the engine took the request; no heartbeat before, so that
	 * an error has a status of its own until then
	 * @param heartbeat how often a silent stream sends a comment, zero for never
	 */
	EventStreamResponse(Flux<String> frames, Mono<?> admitted, Duration heartbeat) {
		this.frames = frames;
		this.admitted = admitted;
		this.heartbeat = heartbeat;
	}

	@Override
	public HttpStatusCode statusCode() {
		return HttpStatus.OK;
	}

	@Override
	public HttpHeaders headers() {
		HttpHeaders headers = new HttpHeaders();
		headers.setContentType(EVENT_STREAM);
		return headers;
	}

	@Override
	public MultiValueMap<String, ResponseCookie> cookies() {
		return new LinkedMultiValueMap<>();
	}

	@Override
	public Mono<Void> writeTo(ServerWebExchange exchange, Context context) {
		ServerHttpResponse response = exchange.getResponse();
		AtomicBoolean begun = new AtomicBoolean();
		Flux<String> guarded = withHeartbeat(this.frames).filter((text) -> !text.isEmpty()).doOnNext((text) -> {
			if (begun.compareAndSet(false, true)) {
				begin(response);
			}
		}).onErrorResume((error) -> {
			ErrorBody body = ProtocolErrors.of(error);
			if (begun.get()) {
				return Flux.just(AnswerWriter.errorFrames(body));
			}
			ErrorResponse.head(response, body);
			return Flux.just(body.json());
		});
		return response.writeAndFlushWith(guarded.map((text) -> Mono.just(buffer(response, text))));
	}

	private Flux<String> withHeartbeat(Flux<String> source) {
		if (this.heartbeat.isZero()) {
			return source;
		}
		return Flux.defer(() -> {
			Sinks.Empty<Void> ended = Sinks.empty();
			AtomicBoolean silent = new AtomicBoolean(true);
			Flux<String> comments = this.admitted.onErrorComplete()
				.thenMany(Flux.interval(this.heartbeat))
				.onBackpressureDrop()
				.filter((tick) -> silent.getAndSet(true))
				.map((tick) -> ": keep-alive\n\n")
				.takeUntilOther(ended.asMono());
			Flux<String> frames = source.doOnNext((text) -> silent.set(false))
				.doFinally((signal) -> ended.tryEmitEmpty());
			return Flux.merge(frames, comments);
		});
	}

	private static void begin(ServerHttpResponse response) {
		response.setStatusCode(HttpStatus.OK);
		response.getHeaders().setContentType(EVENT_STREAM);
		response.getHeaders().setCacheControl("no-cache");
		response.getHeaders().set("X-Accel-Buffering", "no");
	}

	private static DataBuffer buffer(ServerHttpResponse response, String text) {
		return response.bufferFactory().wrap(text.getBytes(StandardCharsets.UTF_8));
	}

}
