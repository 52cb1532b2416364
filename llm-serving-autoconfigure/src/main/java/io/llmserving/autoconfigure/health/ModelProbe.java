package io.llmserving.autoconfigure.health;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.llmserving.api.EngineState;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.LlmServing;
import io.llmserving.api.OverloadedException;
import io.llmserving.api.SamplingParameters;
import io.llmserving.autoconfigure.PeriodicWatch;
import io.llmserving.serving.ModelSettings;
import io.llmserving.serving.ModelStatuses;
import io.llmserving.serving.ServingControl.ModelStatus;

/**
 * Lets models generate a token from time to time. Only those that load at start-up, are
 * ready and did nothing since the last look: steps of real requests prove as much, and
 * models on demand are not kept from being unloaded.
 */
final class ModelProbe extends PeriodicWatch {

	/** With the engines: probed from their start to their stop. */
	static final int PHASE = DEFAULT_PHASE - 4094;

	private static final Logger log = LoggerFactory.getLogger(ModelProbe.class);

	private final LlmServing serving;

	private final Duration interval;

	private final Map<String, Result> results = new ConcurrentHashMap<>();

	private final Map<String, Long> steps = new ConcurrentHashMap<>();

	/**
	 * What came of the last probe of a model.
	 *
	 * @param at when it ended
	 * @param failure why it failed, null if it did not
	 */
	record Result(Instant at, @Nullable String failure) {
	}

	ModelProbe(LlmServing serving, Duration interval) {
		super("llm-model-probe", interval, PHASE);
		this.serving = serving;
		this.interval = interval;
	}

	/** Returns what came of the last probe of a model, null if there was none. */
	@Nullable Result result(String model) {
		return this.results.get(model);
	}

	@Override
	protected void look() {
		for (ModelStatus model : ModelStatuses.of(this.serving)) {
			try {
				if (model.load() == ModelSettings.Load.STARTUP && model.state() == EngineState.READY) {
					look(this.serving.engine(model.id()));
				}
				else {
					this.results.remove(model.id());
				}
			}
			catch (RuntimeException ex) {
				log.debug("Model '{}' could not be looked at", model.id(), ex);
			}
		}
	}

	private void look(LlmEngine engine) {
		long now = engine.statistics().steps();
		Long before = this.steps.put(engine.id(), now);
		if (before != null && before != now) {
			this.results.put(engine.id(), new Result(Instant.now(), null));
		}
		else {
			probe(engine);
			this.steps.put(engine.id(), engine.statistics().steps());
		}
	}

	private void probe(LlmEngine engine) {
		GenerationRequest request = GenerationRequest.tokens(0)
			.sampling(SamplingParameters.builder().maxTokens(1).temperature(0f).build())
			.deadline(this.interval)
			.requestId("health-probe")
			.build();
		try {
			engine.complete(request).block(this.interval);
			this.results.put(engine.id(), new Result(Instant.now(), null));
		}
		catch (OverloadedException ex) {
			log.debug("Model '{}' has too much to do for a probe", engine.id());
		}
		catch (RuntimeException ex) {
			Result last = this.results.put(engine.id(),
					new Result(Instant.now(), "The model generated no token: " + ex.getMessage()));
			if (last == null || last.failure() == null) {
				log.warn("The probe of model '{}' failed: {}", engine.id(), ex.getMessage());
			}
		}
	}

}
