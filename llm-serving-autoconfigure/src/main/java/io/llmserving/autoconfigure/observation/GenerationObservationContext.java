package io.llmserving.autoconfigure.observation;

import io.micrometer.observation.Observation;
import org.jspecify.annotations.Nullable;

import io.llmserving.api.GenerationRequest;
import io.llmserving.spi.FinishedRequest;

/**
 * What is known of a generation that is observed. Conventions must not put its prompt
 * into names or values unless content may be included.
 */
public final class GenerationObservationContext extends Observation.Context {

	private final String model;

	private final GenerationRequest request;

	private final boolean contentIncluded;

	private volatile @Nullable FinishedRequest finished;

	GenerationObservationContext(String model, GenerationRequest request, boolean contentIncluded) {
		this.model = model;
		this.request = request;
		this.contentIncluded = contentIncluded;
	}

	/**
	 * Returns the id of the model.
	 */
	public String model() {
		return this.model;
	}

	public GenerationRequest request() {
		return this.request;
	}

	/**
	 * Whether texts of prompts may be told.
	 */
	public boolean contentIncluded() {
		return this.contentIncluded;
	}

	/**
	 * Returns how the request went, null before it ended.
	 */
	public @Nullable FinishedRequest finished() {
		return this.finished;
	}

	void finished(FinishedRequest how) {
		this.finished = how;
	}

}
