package io.llmserving.autoconfigure.observation;

import java.util.concurrent.Executor;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;

import io.llmserving.spi.FinishedRequest;
import io.llmserving.spi.RequestObserver;

/**
 * One generation and its phases, each an observation inside the generation's: queue, then
 * prefill, then decode. What happens on the engine's thread is only handed over; handlers
 * run elsewhere.
 */
final class ObservedRequest implements RequestObserver {

	private final ObservationRegistry registry;

	private final GenerationObservationContext context;

	private final Observation generation;

	private final Executor executor;

	/** After the start for the executor's thread alone. */
	private Observation phase;

	/**
	 * Starts the observation.
	 * @param generation not started
	 * @param executor runs one task after another
	 */
	ObservedRequest(ObservationRegistry registry, GenerationObservationContext context, Observation generation,
			Executor executor) {
		this.registry = registry;
		this.context = context;
		this.executor = executor;
		this.generation = generation.start();
		this.phase = phase("queue");
	}

	private Observation phase(String name) {
		return Observation.createNotStarted(DefaultGenerationObservationConvention.NAME + "." + name, this.registry)
			.contextualName(name)
			.lowCardinalityKeyValue("gen_ai.request.model", this.context.model())
			.parentObservation(this.generation)
			.start();
	}

	@Override
	public void started() {
		this.executor.execute(() -> next("prefill"));
	}

	@Override
	public void firstToken() {
		this.executor.execute(() -> next("decode"));
	}

	private void next(String name) {
		this.phase.stop();
		this.phase = phase(name);
	}

	@Override
	public void finished(FinishedRequest request) {
		this.executor.execute(() -> {
			this.phase.stop();
			this.context.finished(request);
			if (request.error() != null) {
				this.generation.error(request.error());
			}
			this.generation.stop();
		});
	}

}
