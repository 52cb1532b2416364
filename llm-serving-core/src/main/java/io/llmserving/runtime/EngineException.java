package io.llmserving.runtime;

/**
 * The native library refused a call or failed; the message is the library's own.
 */
public class EngineException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	public EngineException(String message) {
		super(message);
	}

	public EngineException(String message, Throwable cause) {
		super(message, cause);
	}

}
