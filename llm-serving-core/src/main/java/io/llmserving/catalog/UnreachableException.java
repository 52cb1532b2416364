package io.llmserving.catalog;

import org.jspecify.annotations.Nullable;

import io.llmserving.spi.ModelSourceException;

/**
 * A server cannot be asked at present: what the cache holds may be used instead.
 */
final class UnreachableException extends ModelSourceException {

	private static final long serialVersionUID = 1L;

	UnreachableException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
