package io.llmserving.api;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * The application is stopping and takes no further request.
 */
public final class ShuttingDownException extends LlmServingException {

	private static final long serialVersionUID = 1L;

	public ShuttingDownException(String message, @Nullable Duration retryAfter) {
		super(message, null, "shutting_down", null, retryAfter);
	}

}
