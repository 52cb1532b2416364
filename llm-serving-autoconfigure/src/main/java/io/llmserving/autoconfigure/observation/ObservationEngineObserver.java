package io.llmserving.autoconfigure.observation;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

import io.llmserving.api.GenerationRequest;
import io.llmserving.spi.EngineObserver;
import io.llmserving.spi.RequestObserver;

/**
 * Makes an observation of every generation, inside the one that is current where it was
 * subscribed to. Safe for use by many threads.
 */
final class ObservationEngineObserver implements EngineObserver, AutoCloseable {

	private static final GenerationObservationConvention DEFAULT = new DefaultGenerationObservationConvention();

	private final ObservationRegistry registry;

	private final @Nullable GenerationObservationConvention convention;

	private final boolean contentIncluded;

	private final ExecutorService executor = Executors
		.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("llm-observations").factory());

	/**
	 * Creates an observer.
	 * @param convention the application's own, null for the default one
	 * @param contentIncluded whether prompts may be told
	 */
	ObservationEngineObserver(ObservationRegistry registry, @Nullable GenerationObservationConvention convention,
			boolean contentIncluded) {
		this.registry = registry;
		this.convention = convention;
		this.contentIncluded = contentIncluded;
	}

	@Override
	public @Nullable RequestObserver observe(String model, GenerationRequest request, ContextView context) {
		if (this.registry.isNoop()) {
			return null;
		}
		GenerationObservationContext observed = new GenerationObservationContext(model, request, this.contentIncluded);
		Observation generation = Observation.createNotStarted(this.convention, DEFAULT, () -> observed, this.registry);
		Observation parent = context.getOrDefault(ObservationThreadLocalAccessor.KEY,
				this.registry.getCurrentObservation());
		if (parent != null) {
			generation.parentObservation(parent);
		}
		return new ObservedRequest(this.registry, observed, generation, this.executor);
	}

	/** Tells what is still to be told. */
	@Override
	public void close() {
		this.executor.shutdown();
		try {
			this.executor.awaitTermination(5, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
