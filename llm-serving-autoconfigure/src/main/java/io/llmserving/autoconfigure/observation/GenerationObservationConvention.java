package io.llmserving.autoconfigure.observation;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/**
 * Names and key values of generations. A bean of this type replaces the default one.
 */
public interface GenerationObservationConvention extends ObservationConvention<GenerationObservationContext> {

	@Override
	default boolean supportsContext(Observation.Context context) {
		return context instanceof GenerationObservationContext;
	}

}
