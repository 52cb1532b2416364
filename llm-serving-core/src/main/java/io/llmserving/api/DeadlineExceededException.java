package io.llmserving.api;

/**
 * The request's deadline passed before it ended.
 */
public final class DeadlineExceededException extends LlmServingException {

	private static final long serialVersionUID = 1L;

	public DeadlineExceededException(String message) {
		super(message, null, "deadline_exceeded", null, null);
	}

}
