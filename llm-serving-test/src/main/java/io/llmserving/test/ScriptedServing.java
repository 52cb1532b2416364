package io.llmserving.test;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import io.llmserving.api.EngineStateChange;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.ModelDefinition;
import io.llmserving.api.ModelNotFoundException;
import io.llmserving.serving.ModelSettings;
import io.llmserving.serving.ServingControl;

/**
 * A façade over given engines, the first of which is the default. It cannot load others.
 * As a bean it takes part in the application's life cycle: scripted engines refuse
 * requests and end their streams when the application stops.
 */
public final class ScriptedServing implements ServingControl {

	private final List<LlmEngine> engines;

	private final Map<String, String> aliases;

	/**
	 * Creates a façade.
	 */
	public ScriptedServing(LlmEngine... engines) {
		this(List.of(engines), Map.of());
	}

	/**
	 * Creates a façade with further names for engines.
	 * @param aliases ids of engines by these names
	 */
	ScriptedServing(List<? extends LlmEngine> engines, Map<String, String> aliases) {
		this.engines = List.copyOf(engines);
		this.aliases = new TreeMap<>(aliases);
	}

	@Override
	public List<LlmEngine> engines() {
		return this.engines;
	}

	@Override
	public LlmEngine engine(String idOrRoute) {
		String id = this.aliases.getOrDefault(idOrRoute, idOrRoute);
		return this.engines.stream()
			.filter((engine) -> engine.id().equals(id))
			.findFirst()
			.orElseThrow(() -> new ModelNotFoundException("The model '%s' does not exist".formatted(idOrRoute)));
	}

	@Override
	public List<String> names() {
		return Stream.concat(this.engines.stream().map(LlmEngine::id), this.aliases.keySet().stream()).toList();
	}

	@Override
	public LlmEngine defaultEngine() {
		if (this.engines.isEmpty()) {
			throw new ModelNotFoundException("No model is configured");
		}
		return this.engines.get(0);
	}

	@Override
	public Flux<GenerationEvent> generate(GenerationRequest request) {
		String model = request.model();
		return Flux.defer(() -> ((model != null) ? engine(model) : defaultEngine()).generate(request));
	}

	@Override
	public Mono<LlmEngine> load(ModelDefinition definition) {
		return Mono.error(new UnsupportedOperationException("A scripted façade loads no models"));
	}

	@Override
	public Mono<LlmEngine> reload(String id) {
		return Mono.fromSupplier(() -> engine(id));
	}

	@Override
	public Mono<Void> unload(String id, Duration drain) {
		return Mono.error(new UnsupportedOperationException("A scripted façade unloads no models"));
	}

	@Override
	public Flux<EngineStateChange> changes() {
		return Flux.never();
	}

	@Override
	public void start() {
		scripted().forEach(ScriptedEngine::start);
	}

	@Override
	public void awaitRequired() {
		// Scripts need no loading.
	}

	@Override
	public void closeAdmission() {
		scripted().forEach(ScriptedEngine::closeAdmission);
	}

	@Override
	public void drain(Duration timeout) {
		long until = System.nanoTime() + timeout.toNanos();
		scripted().forEach((engine) -> engine.drain(Duration.ofNanos(Math.max(0, until - System.nanoTime()))));
	}

	@Override
	public List<ModelStatus> models() {
		return this.engines.stream()
			.map((engine) -> new ModelStatus(engine.id(), "scripted", ModelSettings.Load.STARTUP, true, false, null,
					engine.state(), null, null))
			.toList();
	}

	@Override
	public Memory memory() {
		return new Memory(0, 0, 0, 0);
	}

	@Override
	public void close() {
		drain(Duration.ZERO);
	}

	/**
	 * Lets its scripted engines forget answers and requests.
	 */
	public void reset() {
		scripted().forEach(ScriptedEngine::reset);
	}

	private Stream<ScriptedEngine> scripted() {
		return this.engines.stream().filter(ScriptedEngine.class::isInstance).map(ScriptedEngine.class::cast);
	}

}
