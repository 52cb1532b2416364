package io.llmserving.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import io.llmserving.api.CacheMap;
import io.llmserving.api.EngineInfo;
import io.llmserving.api.EngineState;
import io.llmserving.api.EngineStatistics;
import io.llmserving.api.Generation;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.NotReadyException;
import io.llmserving.api.Tokenizer;

/**
 * An engine whose state and statistics a test sets; it generates nothing.
 */
public final class FakeEngine implements LlmEngine {

	/** Statistics of which no two values are equal. */
	public static final EngineStatistics STATISTICS = new EngineStatistics(1, 2, 30, 4, 5, 6, 7, 8, 19, 10, 11, 12, 13,
			14, 15, 16, 0);

	private final String id;

	public volatile EngineState state = EngineState.READY;

	/** Whether it is unloaded in the moment after it said that it is ready. */
	public volatile boolean leaving;

	public volatile String reason;

	public volatile boolean required = true;

	public volatile EngineStatistics statistics = STATISTICS;

	public FakeEngine(String id) {
		this.id = id;
	}

	/** Sets how long the last step has made no progress. */
	public void lastStepAge(Duration age) {
		EngineStatistics s = STATISTICS;
		this.statistics = new EngineStatistics(s.waiting(), s.running(), s.blocksTotal(), s.blocksUsed(),
				s.blocksCached(), s.steps(), s.promptTokens(), s.generatedTokens(), s.prefixQueriedTokens(),
				s.prefixHitTokens(), s.preemptions(), s.requestsStarted(), s.requestsFinished(), s.requestsCancelled(),
				s.requestsFailed(), s.restarts(), age.toNanos());
	}

	@Override
	public String id() {
		return this.id;
	}

	@Override
	public EngineState state() {
		return this.state;
	}

	@Override
	public Mono<EngineInfo> ready() {
		if (this.leaving) {
			return Mono.error(new NotReadyException("The model " + this.id + " is not loaded", null));
		}
		return (this.state != EngineState.READY) ? Mono.never() : Mono.just(new EngineInfo(this.id, "llama", "Q4_1",
				135, 8192, 49152, "cpu (avx512)", 98, 64, 16, 512, "abc", Map.of("threads", "2")));
	}

	@Override
	public Tokenizer tokenizer() {
		throw new NotReadyException("no tokenizer", null);
	}

	@Override
	public EngineStatistics statistics() {
		return this.statistics;
	}

	@Override
	public CacheMap cacheMap() {
		return new CacheMap(4, 1, 3, new byte[] { 0, 1, 2, 3 });
	}

	@Override
	public Flux<GenerationEvent> generate(GenerationRequest request) {
		return Flux.error(new NotReadyException("no model", null));
	}

	@Override
	public Mono<Generation> complete(GenerationRequest request) {
		return generate(request).then(Mono.empty());
	}

	@Override
	public Flux<String> text(String userMessage) {
		return generate(GenerationRequest.chat(List.of()).build()).cast(String.class);
	}

	@Override
	public Generation call(GenerationRequest request) {
		throw new NotReadyException("no model", null);
	}

}
