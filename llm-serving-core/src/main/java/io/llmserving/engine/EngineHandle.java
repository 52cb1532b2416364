package io.llmserving.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

import io.llmserving.api.CacheMap;
import io.llmserving.api.EngineInfo;
import io.llmserving.api.EngineState;
import io.llmserving.api.EngineStateChange;
import io.llmserving.api.EngineStatistics;
import io.llmserving.api.FinishReason;
import io.llmserving.api.Generation;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.NotReadyException;
import io.llmserving.api.Tokenizer;
import io.llmserving.spi.EngineObserver;

/**
 * The handle of one model over whatever instance runs it at the moment. Its owner tells
 * it of loading, success and failure. Safe for use by many threads.
 */
public final class EngineHandle implements LlmEngine, AutoCloseable {

	private final String id;

	private final EngineSettings settings;

	private final List<EngineObserver> observers;

	private final Counters counters = new Counters();

	private volatile EngineState state = EngineState.UNLOADED;

	private volatile @Nullable Throwable failure;

	private volatile @Nullable EngineInstance instance;

	private final Consumer<EngineStateChange> changes;

	private final BooleanSupplier demand;

	/** No new request is let in. */
	private volatile boolean closing;

	/** The instance goes, the handle stays open: requests may wait for the next one. */
	private boolean unloading;

	/** Whether the next instance is on its way already. */
	private boolean demanded;

	private Sinks.One<EngineInstance> loaded = Sinks.one();

	/**
	 * Creates the handle of a model that is not loaded.
	 * @param observers hear what happens in the engine, on its thread
	 * @param changes told of every change of state, by the thread that makes it; returns
	 * at once
	 * @param demand asked when a request comes while nothing is loaded; returns at once
	 * whether a load follows that the request may wait for
	 */
	public EngineHandle(String id, EngineSettings settings, List<EngineObserver> observers,
			Consumer<EngineStateChange> changes, BooleanSupplier demand) {
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
		this.unloading = false;
		this.demanded = false;
		enter(EngineState.LOADING, null);
	}

	/** Tells that loading will begin once others are done. */
	public synchronized void queued() {
		if (this.instance == null && this.state != EngineState.LOADING) {
			loading();
		}
	}

	/** Takes over a model, makes its first runner and accepts requests. */
	public synchronized void loaded(LoadedModel model) {
		EngineInstance made = EngineInstance.start(model, this.settings, this.observers, this.counters, this::changed);
		this.instance = made;
		enter(EngineState.READY, null);
		this.loaded.tryEmitValue(made);
	}

	/** Tells that loading failed for good. */
	public synchronized void failed(Throwable cause) {
		this.failure = cause;
		enter(EngineState.FAILED, cause);
		this.loaded.tryEmitError(EngineInstance.failed(cause));
	}

	/** Tells that loading failed for now: the next request asks for it again. */
	public synchronized void postponed(NotReadyException cause) {
		this.demanded = false;
		enter(EngineState.UNLOADED, cause);
		this.loaded.tryEmitError(cause);
		this.loaded = Sinks.one();
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

	@Override
	public String id() {
		return this.id;
	}

	@Override
	public EngineState state() {
		return this.state;
	}

	private synchronized Mono<EngineInstance> instance() {
		Throwable cause = this.failure;
		if (cause != null) {
			return Mono.error(EngineInstance.failed(cause));
		}
		if (this.closing && !this.unloading) {
			return Mono.error(EngineLoop.stopping());
		}
		EngineInstance current = this.instance;
		if (current != null && !this.unloading) {
			return Mono.just(current);
		}
		if (this.state != EngineState.LOADING && !this.demanded) {
			this.demanded = this.demand.getAsBoolean();
			if (!this.demanded && this.state != EngineState.LOADING) {
				return Mono.error(new NotReadyException("The model %s is not loaded".formatted(this.id), null));
			}
		}
		return this.loaded.asMono();
	}

	@Override
	public Mono<EngineInfo> ready() {
		return Mono.defer(this::instance).map((current) -> current.model().info());
	}

	@Override
	public Tokenizer tokenizer() {
		return EngineInstance.require(this.instance, this.id).model().tokenizer();
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
		Mono<EngineInstance> late = EngineInstance.late(this.id, this.settings.readyTimeout());
		return Flux.defer(() -> {
			Mono<EngineInstance> current = (this.instance != null && !this.closing) ? instance()
					: instance().timeout(this.settings.readyTimeout(), late).publishOn(Schedulers.boundedElastic());
			return current.flatMapMany((now) -> Flux.from((subscriber) -> {
				if (!now.submit(this.id, request, Operators.toCoreSubscriber(subscriber))) {
					// It is being unloaded since: as if the request came now.
					generate(request).subscribe(subscriber);
				}
			}));
		});
	}

	@Override
	public Mono<Generation> complete(GenerationRequest request) {
		return generate(request).collectList().map(GenerationCollector::collect);
	}

	@Override
	public Generation call(GenerationRequest request) {
		return Objects.requireNonNull(complete(request).block());
	}

	/** Lets requests in again after {@link #closeAdmission()}. */
	public synchronized void openAdmission() {
		this.closing = false;
	}

	/** Since when nobody waits, by {@link System#nanoTime()}; null while one does. */
	public @Nullable Long unusedSince() {
		EngineInstance current = this.instance;
		return (current != null) ? current.loop().inbox().unusedSince() : null;
	}

	/** Refuses new requests from now on, until the model is loaded again. */
	public synchronized void closeAdmission() {
		this.closing = true;
		this.unloading = false;
		if (this.instance != null) {
			enter(EngineState.DRAINING, null);
		}
		this.loaded.tryEmitError(EngineLoop.stopping());
		this.loaded = Sinks.one();
	}

	/**
	 * Refuses new requests from now on and waits for the running ones; those that take
	 * longer end with an error.
	 */
	public void drain(Duration patience) throws InterruptedException {
		closeAdmission();
		EngineInstance current = this.instance;
		if (current != null) {
			current.loop().drain(patience);
		}
	}

	/**
	 * Waits for running requests, ends those that take longer with an error, and frees
	 * the instance. Requests that come meanwhile wait for the next one, if any.
	 * @param again whether a load follows in any case
	 */
	public void unload(Duration patience, boolean again) throws InterruptedException {
		EngineInstance current;
		synchronized (this) {
			current = this.instance;
			if (current != null) {
				this.closing = true;
				this.unloading = true;
				this.demanded = again;
				this.loaded = Sinks.one();
				current.loop().inbox().leave();
				enter(EngineState.DRAINING, null);
			}
		}
		if (current != null) {
			current.loop().drain(patience);
		}
		close();
	}

	/** Ends the instance and what still runs in it, and frees the weights. */
	@Override
	public void close() {
		EngineInstance current;
		synchronized (this) {
			current = this.instance;
			this.instance = null;
			if (!this.unloading) {
				this.loaded = Sinks.one();
			}
		}
		if (current != null) {
			current.stop();
		}
		synchronized (this) {
			this.failure = null;
			enter(EngineState.UNLOADED, null);
		}
	}

}
