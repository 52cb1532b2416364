package io.llmserving.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

import io.llmserving.api.CacheMap;
import io.llmserving.api.ChatMessage;
import io.llmserving.api.EngineFailedException;
import io.llmserving.api.EngineInfo;
import io.llmserving.api.EngineState;
import io.llmserving.api.EngineStateChange;
import io.llmserving.api.EngineStatistics;
import io.llmserving.api.FinishReason;
import io.llmserving.api.Generation;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.LlmServingException;
import io.llmserving.api.NotReadyException;
import io.llmserving.api.ShuttingDownException;
import io.llmserving.api.Tokenizer;
import io.llmserving.runtime.StepRunner;
import io.llmserving.spi.EngineObserver;

/**
 * The handle of one model over whatever instance runs it at the moment. Its owner tells
 * it of loading, success and failure. Safe for use by many threads.
 */
public final class EngineHandle implements LlmEngine, AutoCloseable {

	private record Instance(LoadedModel model, EngineLoop loop, RequestCheck check) {
	}

	private static final Logger logger = LoggerFactory.getLogger(EngineHandle.class);

	private final String id;

	private final EngineSettings settings;

	private final List<EngineObserver> observers;

	private final Counters counters = new Counters();

	private volatile EngineState state = EngineState.UNLOADED;

	private volatile @Nullable Throwable failure;

	private volatile @Nullable Instance instance;

	private final Consumer<EngineStateChange> changes;

	private final Runnable demand;

	private volatile boolean closing;

	private Sinks.One<Instance> loaded = Sinks.one();

	/**
	 * Creates the handle of a model that is not loaded.
	 * @param observers hear what happens in the engine, on its thread
	 * @param changes told of every change of state, by the thread that makes it; returns
	 * at once
	 * @param demand run when a request comes while nothing is loaded; returns at once
	 */
	public EngineHandle(String id, EngineSettings settings, List<EngineObserver> observers,
			Consumer<EngineStateChange> changes, Runnable demand) {
		this.id = id;
		this.settings = settings;
		this.observers = List.copyOf(observers);
		this.changes = changes;
		this.demand = demand;
	}

	/** Tells that loading began. */
	public synchronized void loading() {
		if (this.failure != null) {
			this.loaded = Sinks.one();
			this.failure = null;
		}
		this.closing = false;
		enter(EngineState.LOADING, null);
	}

	/** Takes over a model, makes its first runner and accepts requests. */
	public synchronized void loaded(LoadedModel model) {
		StepRunner runner = model.runners().get();
		int context = EngineLoop.context(runner.limits(), model, this.settings);
		EngineLoop loop = new EngineLoop(model, this.settings, runner,
				new Observers(model.info().model(), this.observers), this.counters, this::changed);
		Instance made = new Instance(model, loop, new RequestCheck(model, this.settings, context, runner.limits()));
		this.instance = made;
		loop.start();
		enter(EngineState.READY, null);
		this.loaded.tryEmitValue(made);
	}

	/** Tells that loading failed for good. */
	public synchronized void failed(Throwable cause) {
		this.failure = cause;
		enter(EngineState.FAILED, cause);
		this.loaded.tryEmitError(error(cause));
	}

	private void changed(EngineState to, @Nullable Throwable cause) {
		if (!this.closing) {
			this.failure = (to == EngineState.FAILED) ? cause : null;
			enter(to, cause);
		}
	}

	private void enter(EngineState to, @Nullable Throwable cause) {
		EngineState from = this.state;
		this.state = to;
		if (from != to) {
			this.changes.accept(new EngineStateChange(this.id, from, to, (cause != null) ? cause.getMessage() : null,
					Instant.now()));
		}
	}

	/** Why the engine failed, null if it did not. */
	public @Nullable Throwable failure() {
		return this.failure;
	}

	private static LlmServingException error(Throwable cause) {
		return new EngineFailedException("The model could not be run: " + cause.getMessage(), cause);
	}

	@Override
	public String id() {
		return this.id;
	}

	@Override
	public EngineState state() {
		return this.state;
	}

	private synchronized Mono<Instance> instance() {
		Throwable cause = this.failure;
		if (cause != null) {
			return Mono.error(error(cause));
		}
		if (this.closing) {
			return Mono.error(new ShuttingDownException("The engine is stopping", null));
		}
		Instance current = this.instance;
		if (current == null && this.state == EngineState.UNLOADED) {
			this.demand.run();
		}
		return (current != null) ? Mono.just(current) : this.loaded.asMono();
	}

	@Override
	public Mono<EngineInfo> ready() {
		return Mono.defer(this::instance).map((current) -> current.model().info());
	}

	@Override
	public Tokenizer tokenizer() {
		Instance current = this.instance;
		if (current == null) {
			throw new NotReadyException("The model %s is not loaded".formatted(this.id), Duration.ofSeconds(5));
		}
		return current.model().tokenizer();
	}

	@Override
	public EngineStatistics statistics() {
		return this.counters.statistics(System.nanoTime());
	}

	@Override
	public CacheMap cacheMap() {
		return this.counters.cache.ask();
	}

	@Override
	public Flux<GenerationEvent> generate(GenerationRequest request) {
		Mono<Instance> late = Mono.error(() -> new NotReadyException(
				"The model %s was not ready within %s".formatted(this.id, this.settings.readyTimeout()),
				Duration.ofSeconds(5)));
		return Flux.defer(() -> {
			Mono<Instance> current = (this.instance != null) ? instance()
					: instance().timeout(this.settings.readyTimeout(), late).publishOn(Schedulers.boundedElastic());
			return current.flatMapMany(
					(i) -> Flux.from((subscriber) -> submit(i, request, Operators.toCoreSubscriber(subscriber))));
		});
	}

	private void submit(Instance current, GenerationRequest request,
			CoreSubscriber<? super GenerationEvent> subscriber) {
		Request made;
		Inbox inbox = current.loop().inbox();
		try {
			RequestCheck check = current.check();
			made = new Request(check.check(request), System.nanoTime(), check.bytes(), this.id, subscriber, inbox);
		}
		catch (RuntimeException ex) {
			Operators.error(subscriber, ex);
			return;
		}
		inbox.opened();
		subscriber.onSubscribe(made.stream);
		if (!made.stream.ended()) {
			try {
				inbox.submit(made);
			}
			catch (LlmServingException ex) {
				made.stream.fail(ex);
			}
		}
	}

	@Override
	public Mono<Generation> complete(GenerationRequest request) {
		return generate(request).collectList().map(GenerationCollector::collect);
	}

	@Override
	public Flux<String> text(String userMessage) {
		return generate(GenerationRequest.chat(List.of(ChatMessage.user(userMessage))).build())
			.ofType(GenerationEvent.Delta.class)
			.filter((delta) -> delta.choice() == 0 && !delta.text().isEmpty())
			.map(GenerationEvent.Delta::text);
	}

	@Override
	public Generation call(GenerationRequest request) {
		return Objects.requireNonNull(complete(request).block());
	}

	/** Refuses new requests from now on, until the model is loaded again. */
	public synchronized void closeAdmission() {
		this.closing = true;
		if (this.instance != null) {
			enter(EngineState.DRAINING, null);
		}
		else {
			this.loaded.tryEmitError(new ShuttingDownException("The engine is stopping", null));
			this.loaded = Sinks.one();
		}
	}

	/**
	 * Refuses new requests from now on and waits for the running ones; those that take
	 * longer end with an error.
	 */
	public void drain(Duration patience) throws InterruptedException {
		closeAdmission();
		Instance current = this.instance;
		if (current != null) {
			current.loop().drain(patience);
		}
	}

	/** Ends the instance and what still runs in it, and frees the weights. */
	@Override
	public synchronized void close() {
		Instance current = this.instance;
		this.instance = null;
		this.loaded = Sinks.one();
		if (current != null) {
			stop(current);
		}
		this.failure = null;
		enter(EngineState.UNLOADED, null);
	}

	private static void stop(Instance current) {
		try {
			if (current.loop().close()) {
				current.model().weights().close();
			}
			else {
				logger.warn("Model {} hangs in a step: its memory is not freed", current.model().info().model());
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (Exception ex) {
			throw new IllegalStateException("The model's weights could not be freed", ex);
		}
	}

}
