package io.llmserving.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import io.llmserving.api.EngineStateChange;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.ModelDefinition;
import io.llmserving.api.ModelNotFoundException;
import io.llmserving.serving.ModelStartupException;
import io.llmserving.serving.ModelSettings;
import io.llmserving.serving.ServingControl;

/**
 * A façade over fake engines that writes down what its owner tells it.
 */
public final class FakeServing implements ServingControl {

	public final List<String> calls = new CopyOnWriteArrayList<>();

	public final List<FakeEngine> fakes = new CopyOnWriteArrayList<>();

	public final Sinks.Many<EngineStateChange> changes = Sinks.many().multicast().directBestEffort();

	public volatile RuntimeException startFailure;

	public volatile boolean requiredFails;

	public FakeServing(FakeEngine... engines) {
		this.fakes.addAll(List.of(engines));
	}

	@Override
	public void start() {
		this.calls.add("start");
		if (this.startFailure != null) {
			throw this.startFailure;
		}
	}

	@Override
	public void awaitRequired() {
		this.calls.add("awaitRequired");
		if (this.requiredFails) {
			throw new ModelStartupException("chat", "the download broke off", "Try again.", null);
		}
	}

	@Override
	public void closeAdmission() {
		this.calls.add("closeAdmission");
	}

	@Override
	public void drain(Duration timeout) {
		this.calls.add("drain " + timeout);
	}

	@Override
	public Memory memory() {
		return new Memory(4000, 610, 700, 3);
	}

	@Override
	public void close() {
		this.calls.add("close");
	}

	@Override
	public List<ModelStatus> models() {
		return this.fakes.stream()
			.map((engine) -> new ModelStatus(engine.id(), "file:/models/" + engine.id() + ".gguf",
					ModelSettings.Load.STARTUP, engine.required, false, null, engine.state, engine.reason, null))
			.toList();
	}

	@Override
	public List<LlmEngine> engines() {
		return new ArrayList<>(this.fakes);
	}

	@Override
	public LlmEngine engine(String id) {
		return this.fakes.stream()
			.filter((engine) -> engine.id().equals(id))
			.findFirst()
			.orElseThrow(() -> new ModelNotFoundException("There is no model " + id));
	}

	@Override
	public LlmEngine defaultEngine() {
		return this.fakes.get(0);
	}

	@Override
	public Flux<GenerationEvent> generate(GenerationRequest request) {
		return defaultEngine().generate(request);
	}

	@Override
	public Mono<LlmEngine> load(ModelDefinition definition) {
		return Mono.error(new UnsupportedOperationException());
	}

	@Override
	public Mono<LlmEngine> reload(String id) {
		return Mono.error(new UnsupportedOperationException());
	}

	@Override
	public Mono<Void> unload(String id, Duration drain) {
		return Mono.error(new UnsupportedOperationException());
	}

	@Override
	public Flux<EngineStateChange> changes() {
		return this.changes.asFlux();
	}

}
