package io.llmserving.test;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;
import reactor.core.publisher.Sinks;

import io.llmserving.api.EngineInfo;
import io.llmserving.api.EngineState;
import io.llmserving.api.EngineStatistics;
import io.llmserving.api.Generation;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.ShuttingDownException;
import io.llmserving.api.Tokenizer;

/**
 * An engine without a model: it answers what a test tells it, an event per piece. Token
 * ids are UTF-8 bytes. As with a real engine, the first event comes with the first piece.
 * Safe for use by many threads.
 */
public final class ScriptedEngine implements LlmEngine {

	private final String id;

	/** What it answers before it is told, and again after {@link #reset()}. */
	private final Function<GenerationRequest, ScriptedAnswer> initial;

	private volatile Function<GenerationRequest, ScriptedAnswer> script;

	private final Queue<Function<GenerationRequest, ScriptedAnswer>> next = new ConcurrentLinkedQueue<>();

	private final List<GenerationRequest> requests = new CopyOnWriteArrayList<>();

	private final ByteTokenizer tokenizer = new ByteTokenizer();

	/** Changed together with {@link #cancelled}, so that who sees one sees the other. */
	private int running;

	private int cancelled;

	private volatile boolean admitting = true;

	private volatile Sinks.Empty<Void> stop = Sinks.empty();

	private ScriptedEngine(String id, Function<GenerationRequest, ScriptedAnswer> initial) {
		this.id = id;
		this.initial = initial;
		this.script = initial;
	}

	/**
	 * Creates an engine that fails every request until it is told what to answer.
	 */
	public static ScriptedEngine unscripted(String id) {
		return new ScriptedEngine(id, (request) -> ScriptedAnswer.failure(new IllegalStateException(
				"The model '%s' is scripted, and no answer was: tell its ScriptedEngine by answer(…)".formatted(id))));
	}

	/**
	 * Creates an engine that gives every request the same pieces of text.
	 */
	public static ScriptedEngine answering(String id, String... pieces) {
		ScriptedAnswer answer = ScriptedAnswer.of(pieces);
		return new ScriptedEngine(id, (request) -> answer);
	}

	/**
	 * Creates an engine whose pieces depend on the request. An error of the flux becomes
	 * the generation's.
	 */
	public static ScriptedEngine scripted(String id, Function<GenerationRequest, Flux<String>> script) {
		return new ScriptedEngine(id, (request) -> ScriptedAnswer.of(script.apply(request)));
	}

	/**
	 * Answers every request from now on with these pieces.
	 */
	public ScriptedEngine answer(String... pieces) {
		return answer(ScriptedAnswer.of(pieces));
	}

	/**
	 * Gives every request from now on this answer.
	 */
	public ScriptedEngine answer(ScriptedAnswer answer) {
		return answer((request) -> answer);
	}

	/**
	 * Gives every request from now on the answer that a function has for it.
	 */
	public ScriptedEngine answer(Function<GenerationRequest, ScriptedAnswer> script) {
		this.script = script;
		return this;
	}

	/**
	 * Gives the next requests, one after the other, these answers first.
	 */
	public ScriptedEngine next(ScriptedAnswer... answers) {
		for (ScriptedAnswer answer : answers) {
			this.next.add((request) -> answer);
		}
		return this;
	}

	/**
	 * Lets the test give the answer to the next request piece by piece.
	 */
	public ManualAnswer answerByHand() {
		ManualAnswer answer = new ManualAnswer();
		this.next.add(answer::to);
		return answer;
	}

	/**
	 * Returns the requests that came, in their order.
	 */
	public List<GenerationRequest> requests() {
		return List.copyOf(this.requests);
	}

	/**
	 * Forgets answers and requests. Happens after each test where Spring's test framework
	 * made the engine.
	 */
	public synchronized void reset() {
		this.script = this.initial;
		this.next.clear();
		this.requests.clear();
		this.cancelled = 0;
	}

	/**
	 * Returns how many generations are running.
	 */
	public synchronized int running() {
		return this.running;
	}

	/**
	 * Returns how many generations were cancelled.
	 */
	public synchronized int cancelled() {
		return this.cancelled;
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
		return new EngineStatistics(0, running(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, cancelled(), 0, 0, 0);
	}

	@Override
	public Flux<GenerationEvent> generate(GenerationRequest request) {
		return Flux.defer(() -> {
			if (!this.admitting) {
				return Flux.error(new ShuttingDownException("The engine is stopping", Duration.ofSeconds(5)));
			}
			this.requests.add(request);
			Function<GenerationRequest, ScriptedAnswer> own = this.next.poll();
			ScriptedAnswer answer = ((own != null) ? own : this.script).apply(request);
			begun();
			return new ScriptedGeneration(this.tokenizer, request, answer).events(this.id)
				.takeUntilOther(this.stop.asMono())
				.doFinally(this::ended);
		});
	}

	@Override
	public Mono<Generation> complete(GenerationRequest request) {
		return generate(request).collectList().map(ScriptedGeneration::collect);
	}

	@Override
	public Generation call(GenerationRequest request) {
		Generation generation = complete(request).block();
		if (generation == null) {
			throw new IllegalStateException("The script gave no answer");
		}
		return generation;
	}

	private synchronized void begun() {
		this.running++;
	}

	private synchronized void ended(SignalType signal) {
		this.running--;
		if (signal == SignalType.CANCEL) {
			this.cancelled++;
		}
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
		while (running() > 0 && until - System.nanoTime() > 0 && !Thread.currentThread().isInterrupted()) {
			LockSupport.parkNanos(5_000_000);
		}
		this.stop.tryEmitError(new ShuttingDownException("The application stopped before the answer was whole", null));
	}

}
