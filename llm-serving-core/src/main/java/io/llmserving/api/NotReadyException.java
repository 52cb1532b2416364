package io.llmserving.api;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * The model is still loading, or was unloaded.
 */
public final class NotReadyException extends LlmServingException {

	private static final long serialVersionUID = 1L;

	public NotReadyException(String message, @Nullable Duration retryAfter) {
		super(message, null, "model_not_ready", null, retryAfter);
	}

}
