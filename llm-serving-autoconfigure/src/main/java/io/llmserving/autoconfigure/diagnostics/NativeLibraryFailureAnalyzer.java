package io.llmserving.autoconfigure.diagnostics;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.annotation.Order;

import io.llmserving.runtime.NativeLibraryException;

/**
 * Explains a native library that is missing, cannot be extracted or loaded, or that the
 * JVM denies access to.
 */
@Order(0)
final class NativeLibraryFailureAnalyzer extends AbstractFailureAnalyzer<NativeLibraryException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, NativeLibraryException cause) {
		Throwable reason = cause.getCause();
		String because = (reason != null && reason.getMessage() != null
				&& !String.valueOf(cause.getMessage()).contains(reason.getMessage())) ? ": " + reason.getMessage() : "";
		return new FailureAnalysis(cause.getMessage() + because, cause.remedy(), cause);
	}

}
