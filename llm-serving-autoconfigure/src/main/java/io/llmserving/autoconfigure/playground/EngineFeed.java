package io.llmserving.autoconfigure.playground;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import io.llmserving.api.LlmEngine;
import io.llmserving.api.LlmServing;
import io.llmserving.autoconfigure.web.Caller;

/**
 * Tells who looks how the engines that they may use are doing, twice a second, as
 * server-sent events. Does nothing while nobody looks; a slow reader misses events. Ends
 * when the application stops, which an open connection would hold up.
 */
final class EngineFeed implements ApplicationListener<ContextClosedEvent> {

	private static final Duration PERIOD = Duration.ofMillis(500);

	/** Long enough for most engines to draw a map of their cache between two steps. */
	private static final Duration DRAWING = Duration.ofMillis(40);

	private final LlmServing serving;

	private final ApplicationContext context;

	private final Sinks.Empty<Void> stopped = Sinks.empty();

	EngineFeed(LlmServing serving, ApplicationContext context) {
		this.serving = serving;
		this.context = context;
	}

	RouterFunction<ServerResponse> router(String path) {
		return RouterFunctions.route().GET(path, this::events).build();
	}

	private Mono<ServerResponse> events(ServerRequest request) {
		Caller caller = Caller.of(request.exchange());
		return ServerResponse.ok()
			.contentType(new MediaType("text", "event-stream", StandardCharsets.UTF_8))
			.header("Cache-Control", "no-cache")
			.header("X-Accel-Buffering", "no")
			.body((response, context) -> response.writeAndFlushWith(frames(caller)
				.map((frame) -> Mono.just(response.bufferFactory().wrap(frame.getBytes(StandardCharsets.UTF_8))))));
	}

	private Flux<String> frames(Caller caller) {
		return Flux.interval(Duration.ZERO, PERIOD)
			.onBackpressureDrop()
			.doOnNext((tick) -> engines(caller).forEach(LlmEngine::cacheMap))
			.delayElements(DRAWING)
			.map((tick) -> EngineJson.frame(engines(caller)))
			.takeUntilOther(this.stopped.asMono());
	}

	private List<LlmEngine> engines(Caller caller) {
		return this.serving.engines().stream().filter((engine) -> caller.mayUse(engine.id())).toList();
	}

	@Override
	public void onApplicationEvent(ContextClosedEvent event) {
		if (event.getApplicationContext() == this.context) {
			this.stopped.tryEmitEmpty();
		}
	}

}
