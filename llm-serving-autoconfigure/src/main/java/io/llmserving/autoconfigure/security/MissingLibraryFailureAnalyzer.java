package io.llmserving.autoconfigure.security;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Explains which dependency is missing.
 */
final class MissingLibraryFailureAnalyzer extends AbstractFailureAnalyzer<MissingLibraryException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, MissingLibraryException cause) {
		return new FailureAnalysis(String.valueOf(cause.getMessage()),
				"Add the dependency %s, whose version Spring Boot or llm-serving-bom manages, or remove the property."
					.formatted(cause.artifact()),
				cause);
	}

}
