package io.llmserving.spi;

import java.io.IOException;

import org.jspecify.annotations.Nullable;

/**
 * A model source is malformed or cannot be fetched; the message carries the remedy.
 */
public class ModelSourceException extends IOException {

	private static final long serialVersionUID = 1L;

	public ModelSourceException(String message) {
		super(message);
	}

	public ModelSourceException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
