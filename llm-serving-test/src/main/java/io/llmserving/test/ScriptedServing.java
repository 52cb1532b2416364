package io.llmserving.test;

import java.time.Duration;
import java.util.List;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import io.llmserving.api.EngineStateChange;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.LlmServing;
import io.llmserving.api.ModelDefinition;
import io.llmserving.api.ModelNotFoundException;

/**
 * A façade over given engines, the first of which is the default. It cannot load others.
 */
public final class ScriptedServing implements LlmServing {

	private final List<LlmEngine> engines;

	/**
	 * Creates a façade.
	 */
	public ScriptedServing(LlmEngine... engines) {
		this.engines = List.of(engines);
	}

	@Override
	public List<LlmEngine> engines() {
		return this.engines;
	}

	@Override
	public LlmEngine engine(String idOrRoute) {
		return this.engines.stream()
			.filter((engine) -> engine.id().equals(idOrRoute))
			.findFirst()
			.orElseThrow(() -> new ModelNotFoundException("The model '%s' does not exist".formatted(idOrRoute)));
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

}
