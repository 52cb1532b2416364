package io.llmserving.catalog;

import java.io.IOException;
import java.time.Duration;

/**
 * A server answered that it may succeed later.
 */
final class BusyException extends IOException {

	private static final long serialVersionUID = 1L;

	private final Duration retryAfter;

	BusyException(int status, Duration retryAfter) {
		super("the server answered %d".formatted(status));
		this.retryAfter = retryAfter;
	}

	Duration retryAfter() {
		return this.retryAfter;
	}

}
