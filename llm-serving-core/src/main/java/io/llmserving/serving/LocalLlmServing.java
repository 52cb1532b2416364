package io.llmserving.serving;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import io.llmserving.api.EngineState;
import io.llmserving.api.EngineStateChange;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.InvalidRequestException;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.ModelDefinition;
import io.llmserving.api.ModelNotFoundException;
import io.llmserving.catalog.ModelSources;
import io.llmserving.spi.EngineObserver;
import io.llmserving.spi.ModelSourceException;
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

	private final ModelSources sources;

	private final MemoryBudget budget;

	private final Devices devices;

	private final ModelLoader loader;

	private final Map<String, ManagedModel> models = Collections.synchronizedMap(new LinkedHashMap<>());

	private final Sinks.Many<EngineStateChange> changes = Sinks.many().multicast().directBestEffort();

	private final LoaderThread loading = new LoaderThread();

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
		this.sources = new ModelSources(settings.cacheDirectory(), settings.offline(), resolvers);
		this.budget = MemoryBudget.of(settings.memoryBytes());
		this.devices = new Devices(settings, this.budget);
		this.loader = new ModelLoader(this.devices);
		settings.models().forEach(this::add);
	}

	private ManagedModel add(ModelSettings model) {
		ManagedModel managed = new ManagedModel(model, this.observers, this::changed, () -> demanded(model.id()));
		this.models.put(model.id(), managed);
		return managed;
	}

	// Engines report from their own threads, while this façade may be waiting for them.
	private void changed(EngineStateChange change) {
		synchronized (this.changes) {
			this.changes.tryEmitNext(change);
		}
	}

	private void demanded(String id) {
		ManagedModel model = this.models.get(id);
		if (model != null && model.settings().load() == ModelSettings.Load.ON_DEMAND) {
			schedule(model);
		}
	}

	private CompletableFuture<Void> schedule(ManagedModel model) {
		return this.loading.submit(model, () -> model.load(this.sources, this.loader));
	}

	@Override
	public synchronized void start() {
		if (this.models.isEmpty()) {
			logger.warn(
					"No model is configured: set llm.serving.models.<id>.source, for example to hf:organisation/repository");
			return;
		}
		logger.info("Memory budget: {}", this.budget);
		List<ManagedModel> all = managed();
		all.forEach((model) -> this.devices.open(model.settings()).close());
		all.forEach(this::check);
		this.loading.start();
		all.stream().filter((model) -> model.settings().load() == ModelSettings.Load.STARTUP).forEach(this::schedule);
	}

	private void check(ManagedModel model) {
		ModelSettings wanted = model.settings();
		try {
			this.sources.validate(wanted.source());
			Path present = this.sources.present(wanted.source());
			if (present != null && wanted.load() == ModelSettings.Load.STARTUP) {
				this.loader.check(wanted, present);
			}
		}
		catch (ModelSourceException ex) {
			throw new ModelStartupException(wanted.id(), String.valueOf(ex.getMessage()),
					"Correct the property llm.serving.models.%s.source.".formatted(wanted.id()), ex);
		}
	}

	@Override
	public void awaitRequired() throws InterruptedException {
		for (ManagedModel model : managed()) {
			if (model.settings().required() && model.settings().load() == ModelSettings.Load.STARTUP) {
				this.loading.await(model);
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
		managed().forEach((model) -> model.engine().closeAdmission());
	}

	@Override
	public void drain(Duration timeout) {
		closeAdmission();
		long until = System.nanoTime() + timeout.toNanos();
		try {
			for (ManagedModel model : managed()) {
				model.engine().drain(Duration.ofNanos(Math.max(0, until - System.nanoTime())));
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public synchronized void close() {
		this.loading.stop();
		managed().forEach((model) -> model.engine().close());
		this.budget.releaseAll();
		this.devices.close();
	}

	@Override
	public List<ModelStatus> models() {
		return managed().stream().map(ManagedModel::status).toList();
	}

	@Override
	public synchronized Memory memory() {
		return new Memory(this.budget.total(), this.budget.planned(), this.devices.allocatedBytes(),
				this.devices.allocations());
	}

	private List<ManagedModel> managed() {
		synchronized (this.models) {
			return List.copyOf(this.models.values());
		}
	}

	@Override
	public List<LlmEngine> engines() {
		return managed().stream().<LlmEngine>map(ManagedModel::engine).toList();
	}

	@Override
	public LlmEngine engine(String idOrRoute) {
		return model(idOrRoute).engine();
	}

	private ManagedModel model(String id) {
		ManagedModel model = this.models.get(id);
		if (model == null) {
			throw new ModelNotFoundException("The model '%s' does not exist; there are %s".formatted(id,
					managed().stream().map((other) -> other.settings().id()).toList()));
		}
		return model;
	}

	@Override
	public LlmEngine defaultEngine() {
		String id = this.settings.defaultModel();
		if (id == null) {
			throw new ModelNotFoundException("No model is configured");
		}
		return engine(id);
	}

	@Override
	public Flux<GenerationEvent> generate(GenerationRequest request) {
		String model = request.model();
		return Flux.defer(() -> ((model != null) ? engine(model) : defaultEngine()).generate(request));
	}

	@Override
	public Mono<LlmEngine> load(ModelDefinition definition) {
		return Mono.defer(() -> {
			ModelSettings wanted = this.definitions.apply(definition);
			ManagedModel model = this.models.get(wanted.id());
			if (model == null || !model.settings().equals(wanted)) {
				if (model != null && model.engine().state() != EngineState.UNLOADED) {
					return Mono.error(new InvalidRequestException(
							"The model '%s' is there already with other settings: unload it first"
								.formatted(wanted.id()),
							"id", null));
				}
				model = add(wanted);
			}
			return loaded(model);
		});
	}

	@Override
	public Mono<LlmEngine> reload(String id) {
		return Mono.defer(() -> {
			ManagedModel model = model(id);
			Duration patience = model.settings().scheduling().requestTimeout();
			CompletableFuture<Void> unloaded = this.loading.submit(model, () -> model.unload(patience));
			return Mono.fromFuture(unloaded).then(loaded(model));
		});
	}

	private Mono<LlmEngine> loaded(ManagedModel model) {
		return Mono.defer(() -> Mono.fromFuture(schedule(model)))
			.then(model.engine().ready())
			.thenReturn(model.engine());
	}

	@Override
	public Mono<Void> unload(String id, Duration drain) {
		return Mono.defer(() -> {
			ManagedModel model = model(id);
			return Mono.fromFuture(this.loading.submit(model, () -> model.unload(drain)));
		});
	}

	@Override
	public Flux<EngineStateChange> changes() {
		return this.changes.asFlux();
	}

}
