package io.llmserving.catalog;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import io.llmserving.spi.ModelSourceException;

/**
 * A server cannot be asked at present: what the cache holds may be used instead.
 */
final class UnreachableException extends ModelSourceException {

	private static final long serialVersionUID = 1L;

	private final transient @Nullable Duration retryAfter;

	UnreachableException(String message, @Nullable Throwable cause) {
		this(message, cause, null);
	}

	/**
	 * Tells of a server that may succeed soon.
	 * @param retryAfter how long it asks to wait, zero if it does not; null where another
	 * attempt is of no use
	 */
	UnreachableException(String message, @Nullable Throwable cause, @Nullable Duration retryAfter) {
		super(message, cause);
		this.retryAfter = retryAfter;
	}

	@Nullable Duration retryAfter() {
		return this.retryAfter;
	}

}
