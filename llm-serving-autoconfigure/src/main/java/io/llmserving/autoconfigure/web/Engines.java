package io.llmserving.autoconfigure.web;

import java.time.Duration;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

import io.llmserving.api.EngineInfo;
import io.llmserving.api.EngineState;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.LlmServing;
import io.llmserving.api.ModelNotFoundException;
import io.llmserving.api.NotReadyException;
import io.llmserving.serving.ModelStatuses;

/**
 * Finds the engine that a request over HTTP goes to.
 */
final class Engines {

	private static final Duration RETRY = Duration.ofSeconds(5);

	private final LlmServing serving;

	Engines(LlmServing serving) {
		this.serving = serving;
	}

	/**
	 * Returns an engine that is not just being loaded: clients try again later instead of
	 * holding a connection for minutes. One that loads with its first request waits.
	 * @param caller who asks; a model that it may not use is not there for it
	 * @param model a model's name, null for the default one
	 * @throws ModelNotFoundException if there is none of that name
	 * @throws NotReadyException if it is still loading
	 */
	LlmEngine find(Caller caller, @Nullable String model) {
		LlmEngine engine = existing(caller, model);
		if (engine.state() == EngineState.LOADING && !fallsBack(engine)) {
			throw new NotReadyException("The model '%s' is still loading; try again soon".formatted(engine.id()),
					RETRY);
		}
		return engine;
	}

	private boolean fallsBack(LlmEngine engine) {
		LlmEngine other = this.serving.fallback(engine.id());
		return other != null && other.state() == EngineState.READY;
	}

	/**
	 * Generates with an engine, or with its fallback.
	 */
	Flux<GenerationEvent> generate(LlmEngine engine, GenerationRequest request) {
		return this.serving.generate(request.toBuilder().model(engine.id()).build());
	}

	/**
	 * Returns an engine in whatever state.
	 */
	LlmEngine existing(Caller caller, @Nullable String model) {
		LlmEngine engine;
		try {
			engine = (model != null) ? this.serving.engine(model) : this.serving.defaultEngine();
		}
		catch (ModelNotFoundException ex) {
			// Its message may name models that are none of this caller's business.
			throw caller.restricted() ? notFound(caller, model) : ex;
		}
		if (!caller.mayUse(engine.id()) && (model == null || !caller.mayUse(model))) {
			throw notFound(caller, model);
		}
		return engine;
	}

	private static ModelNotFoundException notFound(Caller caller, @Nullable String model) {
		String which = (model != null) ? "The model '%s' does not exist".formatted(model)
				: "The default model is not available";
		return new ModelNotFoundException("%s for this caller; there are %s".formatted(which, caller.models()));
	}

	/**
	 * Returns the hash of all that the bits of an answer depend on, null before the
	 * engine is ready.
	 */
	static @Nullable String fingerprint(LlmEngine engine) {
		EngineInfo info = ModelStatuses.facts(engine);
		return (info != null) ? info.fingerprint() : null;
	}

}
