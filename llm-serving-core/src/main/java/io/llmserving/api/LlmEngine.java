package io.llmserving.api;

import java.util.List;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The stable handle of one model: it survives loading, eviction, reloading and restarts
 * of the instance behind it. Safe for use by many threads.
 */
public interface LlmEngine {

	/**
	 * Returns the model's id.
	 */
	String id();

	/**
	 * Returns where the engine stands.
	 */
	EngineState state();

	/**
	 * Completes with the engine's facts once it is {@link EngineState#READY}, fails when
	 * it is {@link EngineState#FAILED}.
	 */
	Mono<EngineInfo> ready();

	/**
	 * Returns the model's tokenizer.
	 * @throws NotReadyException before the model is loaded
	 */
	Tokenizer tokenizer();

	/**
	 * Returns counters and gauges; zeros before the model is loaded.
	 */
	EngineStatistics statistics();

	/**
	 * Returns what the cache's blocks are used for. Returns at once, with what the engine
	 * drew for the question before: for those who look again and again.
	 */
	default CacheMap cacheMap() {
		return CacheMap.EMPTY;
	}

	/**
	 * Generates. The flux is cold: each subscription is a new request; while the engine
	 * is not ready it waits up to the model's {@code ready-timeout}. Signals never come
	 * on the engine's own thread, but on that of a {@code SignalExecutor} in the
	 * subscriber's context if there is one. Without demand, deltas coalesce, bounded by
	 * {@code max_tokens}; after {@code slow-reader-timeout} without demand it fails with
	 * {@link SlowConsumerException}. Cancelling frees the request's blocks within one
	 * step.
	 */
	Flux<GenerationEvent> generate(GenerationRequest request);

	/**
	 * Generates and collects; cold as {@link #generate}.
	 */
	Mono<Generation> complete(GenerationRequest request);

	/**
	 * Answers a user's message: the content of choice 0 as it comes.
	 */
	default Flux<String> text(String userMessage) {
		return generate(GenerationRequest.chat(List.of(ChatMessage.user(userMessage))).build())
			.ofType(GenerationEvent.Delta.class)
			.filter((delta) -> delta.choice() == 0 && !delta.text().isEmpty())
			.map(GenerationEvent.Delta::text);
	}

	/**
	 * Generates and blocks until the answer is whole; an interrupt cancels the request.
	 * @throws IllegalStateException on a thread that must not block, such as an event
	 * loop
	 */
	Generation call(GenerationRequest request);

}
