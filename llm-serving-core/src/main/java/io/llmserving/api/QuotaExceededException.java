package io.llmserving.api;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * The sender used up its quota.
 */
public final class QuotaExceededException extends LlmServingException {

	private static final long serialVersionUID = 1L;

	public QuotaExceededException(String message, @Nullable Duration retryAfter) {
		super(message, null, "rate_limit_exceeded", null, retryAfter);
	}

}
