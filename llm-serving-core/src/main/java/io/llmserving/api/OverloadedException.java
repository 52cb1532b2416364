package io.llmserving.api;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * The queue is full, or the request could not start in time.
 */
public final class OverloadedException extends LlmServingException {

	private static final long serialVersionUID = 1L;

	public OverloadedException(String message, @Nullable Duration retryAfter) {
		super(message, null, "overloaded", null, retryAfter);
	}

}
