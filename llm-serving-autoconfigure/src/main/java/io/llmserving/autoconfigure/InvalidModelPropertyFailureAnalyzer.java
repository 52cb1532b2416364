package io.llmserving.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Explains properties that cannot be honoured.
 */
final class InvalidModelPropertyFailureAnalyzer extends AbstractFailureAnalyzer<InvalidModelPropertyException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, InvalidModelPropertyException cause) {
		String value = cause.value().isEmpty() ? "is missing" : "has the value '%s'".formatted(cause.value());
		return new FailureAnalysis("The property '%s' %s.".formatted(cause.property(), value), cause.remedy(), cause);
	}

}
