package io.llmserving.api;

import org.jspecify.annotations.Nullable;

/**
 * The request cannot be honoured as it stands; its sender has to change it.
 */
public final class InvalidRequestException extends LlmServingException {

	private static final long serialVersionUID = 1L;

	public InvalidRequestException(String message, @Nullable String parameter, @Nullable String code) {
		super(message, null, code, parameter, null);
	}

}
