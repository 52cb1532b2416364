package io.llmserving.autoconfigure.diagnostics;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

import io.llmserving.serving.ModelStartupException;

/**
 * Explains models that can never be loaded: a wrong source, a file that cannot be read,
 * too little memory.
 */
final class ModelStartupFailureAnalyzer extends AbstractFailureAnalyzer<ModelStartupException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, ModelStartupException cause) {
		return new FailureAnalysis("The model '%s' cannot be loaded: %s".formatted(cause.model(), cause.getMessage()),
				cause.remedy(), cause);
	}

}
