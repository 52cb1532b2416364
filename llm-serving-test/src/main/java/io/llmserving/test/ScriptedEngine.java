package io.llmserving.test;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import io.llmserving.api.Channel;
import io.llmserving.api.EngineInfo;
import io.llmserving.api.EngineState;
import io.llmserving.api.EngineStatistics;
import io.llmserving.api.FinishReason;
import io.llmserving.api.Generation;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.PromptLogprobs;
import io.llmserving.api.SamplingParameters;
import io.llmserving.api.ShuttingDownException;
import io.llmserving.api.Timings;
import io.llmserving.api.TokenInfo;
import io.llmserving.api.Tokenizer;
import io.llmserving.api.Usage;

/**
 * An engine without a model: it answers what a script says, a delta per piece. For tests
 * of applications; token ids are UTF-8 bytes. As with a real engine, the first event
 * comes with the first piece. Safe for use by many threads.
 */
public final class ScriptedEngine implements LlmEngine {

	private final String id;

	private final Function<GenerationRequest, Flux<String>> script;

	private final ByteTokenizer tokenizer = new ByteTokenizer();

	private final AtomicInteger running = new AtomicInteger();

	private final AtomicInteger cancelled = new AtomicInteger();

	private volatile boolean admitting = true;

	private volatile Sinks.Empty<Void> stop = Sinks.empty();

	private ScriptedEngine(String id, Function<GenerationRequest, Flux<String>> script) {
		this.id = id;
		this.script = script;
	}

	/**
	 * Creates an engine that gives every request the same pieces of text.
	 */
	public static ScriptedEngine answering(String id, String... pieces) {
		return new ScriptedEngine(id, (request) -> Flux.fromArray(pieces));
	}

	/**
	 * Creates an engine whose pieces depend on the request. An error of the flux becomes
	 * the generation's.
	 */
	public static ScriptedEngine scripted(String id, Function<GenerationRequest, Flux<String>> script) {
		return new ScriptedEngine(id, script);
	}

	/**
	 * Returns how many generations are running.
	 */
	public int running() {
		return this.running.get();
	}

	/**
	 * Returns how many generations were cancelled.
	 */
	public int cancelled() {
		return this.cancelled.get();
	}

	@Override
	public String id() {
		return this.id;
	}

	@Override
	public EngineState state() {
		return this.admitting ? EngineState.READY : EngineState.DRAINING;
	}

	@Override
	public Mono<EngineInfo> ready() {
		return Mono.just(new EngineInfo(this.id, "scripted", "none", 0, 4096, this.tokenizer.vocabularySize(), "none",
				0, 0, 16, 0, "fp_scripted", Map.of()));
	}

	@Override
	public Tokenizer tokenizer() {
		return this.tokenizer;
	}

	@Override
	public EngineStatistics statistics() {
		return new EngineStatistics(0, this.running.get(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, this.cancelled.get(), 0, 0,
				0);
	}

	@Override
	public Flux<GenerationEvent> generate(GenerationRequest request) {
		return Flux.defer(() -> {
			if (!this.admitting) {
				return Flux.error(new ShuttingDownException("The engine is stopping", Duration.ofSeconds(5)));
			}
			int[] prompt = prompt(request);
			SamplingParameters sampling = request.sampling();
			String requestId = (request.requestId() != null) ? request.requestId() : "scripted";
			AtomicInteger generated = new AtomicInteger();
			Flux<GenerationEvent> answers = Flux.range(0, sampling.n())
				.concatMap((choice) -> answer(request, choice, generated));
			GenerationEvent started = new GenerationEvent.Started(requestId, this.id, prompt, 0,
					promptLogprobs(sampling, prompt));
			this.running.incrementAndGet();
			return answers.concatWith(Flux.defer(() -> Flux.just(completed(prompt, generated))))
				.switchOnFirst((first, events) -> first.isOnError() ? events : events.startWith(started))
				.takeUntilOther(this.stop.asMono())
				.doOnCancel(this.cancelled::incrementAndGet)
				.doFinally((signal) -> this.running.decrementAndGet());
		});
	}

	@Override
	public Mono<Generation> complete(GenerationRequest request) {
		return generate(request).collectList().map(ScriptedEngine::collect);
	}

	@Override
	public Flux<String> text(String userMessage) {
		return generate(GenerationRequest.chat(List.of(io.llmserving.api.ChatMessage.user(userMessage))).build())
			.ofType(GenerationEvent.Delta.class)
			.map(GenerationEvent.Delta::text);
	}

	@Override
	public Generation call(GenerationRequest request) {
		Generation generation = complete(request).block();
		if (generation == null) {
			throw new IllegalStateException("The script gave no answer");
		}
		return generation;
	}

	/** Accepts requests, again after a stop. */
	void start() {
		this.stop = Sinks.empty();
		this.admitting = true;
	}

	/** Refuses new requests from now on. */
	void closeAdmission() {
		this.admitting = false;
	}

	/** Lets running generations finish; those that take longer end with an error. */
	void drain(Duration timeout) {
		closeAdmission();
		long until = System.nanoTime() + timeout.toNanos();
		while (this.running.get() > 0 && until - System.nanoTime() > 0 && !Thread.currentThread().isInterrupted()) {
			LockSupport.parkNanos(5_000_000);
		}
		this.stop.tryEmitError(new ShuttingDownException("The application stopped before the answer was whole", null));
	}

	private Flux<GenerationEvent> answer(GenerationRequest request, int choice, AtomicInteger generated) {
		int limit = (request.sampling().maxTokens() != null) ? request.sampling().maxTokens() : Integer.MAX_VALUE;
		AtomicInteger pieces = new AtomicInteger();
		Flux<GenerationEvent> deltas = this.script.apply(request).take(limit).map((piece) -> {
			pieces.incrementAndGet();
			generated.incrementAndGet();
			return new GenerationEvent.Delta(choice, Channel.CONTENT, piece, List.of(token(request, piece)));
		});
		return deltas.concatWith(Flux.defer(() -> Flux.just(new GenerationEvent.ChoiceFinished(choice,
				(pieces.get() < limit) ? FinishReason.STOP : FinishReason.LENGTH, null, null))));
	}

	private TokenInfo token(GenerationRequest request, String piece) {
		byte[] bytes = piece.getBytes(StandardCharsets.UTF_8);
		int first = (bytes.length > 0) ? bytes[0] & 0xff : ByteTokenizer.END;
		Integer logprobs = request.sampling().logprobs();
		if (logprobs == null) {
			return new TokenInfo(first, bytes, Float.NaN, 0, List.of());
		}
		List<TokenInfo.TopLogprob> top = (logprobs > 0) ? List.of(new TokenInfo.TopLogprob(first, bytes, -0.5f))
				: List.of();
		return new TokenInfo(first, bytes, -0.5f, 1, top);
	}

	private @Nullable PromptLogprobs promptLogprobs(SamplingParameters sampling, int[] prompt) {
		if (sampling.promptLogprobs() == null) {
			return null;
		}
		List<TokenInfo> tokens = new ArrayList<>();
		for (int i = 0; i < prompt.length; i++) {
			float logprob = (i == 0) ? Float.NaN : -1.0f;
			byte[] bytes = this.tokenizer.bytes(prompt[i]);
			List<TokenInfo.TopLogprob> top = (i == 0 || sampling.promptLogprobs() == 0) ? List.of()
					: List.of(new TokenInfo.TopLogprob(prompt[i], bytes, logprob));
			tokens.add(new TokenInfo(prompt[i], bytes, logprob, (i == 0) ? 0 : 1, top));
		}
		return new PromptLogprobs(tokens);
	}

	private int[] prompt(GenerationRequest request) {
		if (request.tokens() != null) {
			return request.tokens();
		}
		if (request.messages() != null) {
			return this.tokenizer.encodeChat(request.messages(), request.addGenerationPrompt());
		}
		return this.tokenizer.encode(String.valueOf(request.prompt()), true, false);
	}

	private static GenerationEvent completed(int[] prompt, AtomicInteger generated) {
		return new GenerationEvent.Completed(new Usage(prompt.length, generated.get(), 0),
				new Timings(Duration.ZERO, Duration.ZERO, Duration.ZERO, 0));
	}

	private static Generation collect(List<GenerationEvent> events) {
		GenerationEvent.Started started = (GenerationEvent.Started) events.get(0);
		GenerationEvent.Completed completed = (GenerationEvent.Completed) events.get(events.size() - 1);
		List<Generation.Choice> choices = new ArrayList<>();
		StringBuilder text = new StringBuilder();
		List<TokenInfo> tokens = new ArrayList<>();
		for (GenerationEvent event : events) {
			if (event instanceof GenerationEvent.Delta delta) {
				text.append(delta.text());
				tokens.addAll(delta.tokens());
			}
			else if (event instanceof GenerationEvent.ChoiceFinished finished) {
				choices.add(new Generation.Choice(finished.choice(), text.toString(), List.copyOf(tokens),
						finished.reason(), finished.stopSequence()));
				text.setLength(0);
				tokens.clear();
			}
		}
		return new Generation(started.requestId(), started.model(), choices, completed.usage(), completed.timings(),
				started.promptLogprobs());
	}

}
