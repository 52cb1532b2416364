package io.llmserving.serving;

/**
 * What is asked of a model does not go with the state that it is in.
 */
public class ModelConflictException extends IllegalStateException {

	private static final long serialVersionUID = 1L;

	public ModelConflictException(String message) {
		super(message);
	}

}
