package io.llmserving.api;

import org.jspecify.annotations.Nullable;

/**
 * The engine failed, and the request with it.
 */
public final class EngineFailedException extends LlmServingException {

	private static final long serialVersionUID = 1L;

	public EngineFailedException(String message, @Nullable Throwable cause) {
		super(message, cause, "engine_failed", null, null);
	}

}
