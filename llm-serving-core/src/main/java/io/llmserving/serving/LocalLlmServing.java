package io.llmserving.serving;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.random.RandomGenerator;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import io.llmserving.api.EngineState;
import io.llmserving.api.EngineStateChange;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.ModelDefinition;
import io.llmserving.api.ModelNotFoundException;
import io.llmserving.catalog.ModelSources;
import io.llmserving.spi.EngineObserver;
import io.llmserving.spi.ModelSourceResolver;

/**
 * The façade over engines that run in this process. Models load one after another on a
 * thread of their own; those on one device share it and its memory budget.
 */
public final class LocalLlmServing implements ServingControl {

	private static final Logger logger = LoggerFactory.getLogger(LocalLlmServing.class);

	private final ServingSettings settings;

	private final List<EngineObserver> observers;

	private final Function<ModelDefinition, ModelSettings> definitions;

	private final MemoryBudget budget;

	private final Devices devices;

	private final ModelCheck check;

	private final ModelTable table = new ModelTable(RandomGenerator.getDefault());

	private final Fallbacks fallbacks = new Fallbacks(this.table);

	private final ModelTasks tasks;

	private final Sinks.Many<EngineStateChange> changes = Sinks.many().multicast().directBestEffort();

	private volatile boolean started;

	/**
	 * Creates the façade; no I/O happens before {@link #start()}.
	 * @param resolvers further kinds of sources, asked before the built-in ones
	 * @param observers hear what happens in all engines
	 * @param definitions turns definitions of models that are added at run time into
	 * settings
	 */
	public LocalLlmServing(ServingSettings settings, List<ModelSourceResolver> resolvers,
			List<EngineObserver> observers, Function<ModelDefinition, ModelSettings> definitions) {
		this.settings = settings;
		this.observers = List.copyOf(observers);
		this.definitions = definitions;
		ModelSources sources = new ModelSources(settings.cacheDirectory(), settings.offline(), resolvers);
		this.budget = MemoryBudget.of(settings.memoryBytes());
		this.devices = new Devices(settings, this.budget);
		ModelLoader loader = new ModelLoader(this.devices);
		this.check = new ModelCheck(sources, this.devices, loader);
		this.tasks = new ModelTasks(sources, loader, this.table::models);
		settings.models().forEach(this::add);
		settings.routes().forEach(this.table::route);
	}

	private ManagedModel add(ModelSettings model) {
		ManagedModel managed = new ManagedModel(model, this.observers, this::changed, () -> demanded(model.id()));
		this.table.put(managed);
		return managed;
	}

	// Engines report from their own threads, while this façade may be waiting for them.
	private void changed(EngineStateChange change) {
		synchronized (this.changes) {
			this.changes.tryEmitNext(change);
		}
	}

	/** Returns whether a model is loaded now that a request is there for it. */
	private boolean demanded(String id) {
		ManagedModel model = this.table.find(id);
		if (model != null && model.settings().load() == ModelSettings.Load.ON_DEMAND) {
			this.tasks.load(model);
			return true;
		}
		return !this.started && model != null && model.settings().load() == ModelSettings.Load.STARTUP;
	}

	@Override
	public synchronized void start() {
		if (this.table.isEmpty()) {
			logger.warn(
					"No model is configured: set llm.serving.models.<id>.source, for example to hf:organisation/repository");
		}
		else {
			logger.info("Memory budget: {}", this.budget);
		}
		List<ManagedModel> all = this.table.models();
		all.forEach((model) -> this.devices.open(model.settings()).close());
		all.forEach((model) -> this.check.configured(model.settings()));
		this.tasks.start();
		all.forEach((model) -> model.engine().openAdmission());
		all.stream().filter((model) -> model.settings().load() == ModelSettings.Load.STARTUP).forEach(this.tasks::load);
		this.started = true;
	}

	@Override
	public void awaitRequired() throws InterruptedException {
		for (ManagedModel model : this.table.models()) {
			if (model.settings().required() && model.settings().load() == ModelSettings.Load.STARTUP) {
				this.tasks.await(model);
				Throwable failure = model.engine().failure();
				if (failure != null) {
					throw (failure instanceof ModelStartupException startup) ? startup
							: new ModelStartupException(model.settings().id(), String.valueOf(failure.getMessage()),
									"Mend the cause, or set llm.serving.models.%s.required to false."
										.formatted(model.settings().id()),
									failure);
				}
			}
		}
	}

	@Override
	public void closeAdmission() {
		this.tasks.closeAdmission();
		this.table.models().forEach((model) -> model.engine().closeAdmission());
	}

	@Override
	public void drain(Duration timeout) {
		closeAdmission();
		long until = System.nanoTime() + timeout.toNanos();
		try {
			for (ManagedModel model : this.table.models()) {
				model.engine().drain(Duration.ofNanos(Math.max(0, until - System.nanoTime())));
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public synchronized void close() {
		this.started = false;
		this.tasks.stop();
		this.table.models().forEach((model) -> model.engine().close());
		this.budget.releaseAll();
		this.devices.close();
	}

	@Override
	public List<ModelStatus> models() {
		return this.table.models().stream().map(ManagedModel::status).toList();
	}

	@Override
	public synchronized Memory memory() {
		return new Memory(this.budget.total(), this.budget.planned(), this.devices.allocatedBytes(),
				this.devices.allocations());
	}

	@Override
	public List<LlmEngine> engines() {
		return this.table.models().stream().<LlmEngine>map(ManagedModel::engine).toList();
	}

	@Override
	public LlmEngine engine(String idOrRoute) {
		return this.table.resolve(idOrRoute).engine();
	}

	@Override
	public LlmEngine defaultEngine() {
		return defaultModel().engine();
	}

	private ManagedModel defaultModel() {
		String id = this.settings.defaultModel();
		if (id == null) {
			throw new ModelNotFoundException("No model is configured");
		}
		return this.table.get(id);
	}

	@Override
	public List<String> names() {
		return this.table.names();
	}

	@Override
	public @Nullable LlmEngine fallback(String id) {
		ManagedModel next = this.fallbacks.next(this.table.get(id), Set.of());
		return (next != null) ? next.engine() : null;
	}

	@Override
	public Flux<GenerationEvent> generate(GenerationRequest request) {
		String model = request.model();
		return Flux.defer(
				() -> this.fallbacks.generate((model != null) ? this.table.resolve(model) : defaultModel(), request));
	}

	@Override
	public Mono<LlmEngine> load(ModelDefinition definition) {
		return Mono.defer(() -> {
			ModelSettings wanted = this.definitions.apply(definition);
			ManagedModel model = this.table.find(wanted.id());
			if (model == null || !model.settings().equals(wanted)) {
				if (model != null && model.engine().state() != EngineState.UNLOADED) {
					return Mono.error(new ModelConflictException(
							"The model '%s' is there already with other settings: unload it first"
								.formatted(wanted.id())));
				}
				this.check.added(wanted);
				model = add(wanted);
			}
			return loaded(model);
		});
	}

	@Override
	public Mono<LlmEngine> load(String id) {
		return Mono.defer(() -> loaded(this.table.get(id)));
	}

	@Override
	public Mono<LlmEngine> reload(String id) {
		return Mono.defer(() -> {
			ManagedModel model = this.table.get(id);
			Duration patience = model.settings().scheduling().requestTimeout();
			return Mono.fromFuture(this.tasks.unload(model, patience, true)).then(loaded(model));
		});
	}

	private Mono<LlmEngine> loaded(ManagedModel model) {
		return Mono.defer(() -> Mono.fromFuture(this.tasks.load(model)))
			.then(model.engine().ready())
			.thenReturn(model.engine());
	}

	@Override
	public Mono<Void> unload(String id, Duration drain) {
		return Mono.defer(() -> Mono.fromFuture(this.tasks.unload(this.table.get(id), drain, false)));
	}

	@Override
	public void pin(String id, boolean pinned) {
		this.table.get(id).pin(pinned);
	}

	@Override
	public List<Route> routes() {
		return this.table.routes();
	}

	@Override
	public void route(Route route) {
		this.table.route(route);
	}

	@Override
	public void removeRoute(String name) {
		this.table.removeRoute(name);
	}

	@Override
	public Flux<EngineStateChange> changes() {
		return this.changes.asFlux();
	}

}
