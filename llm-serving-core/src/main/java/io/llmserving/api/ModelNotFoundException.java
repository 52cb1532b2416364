package io.llmserving.api;

/**
 * There is no model of that name.
 */
public final class ModelNotFoundException extends LlmServingException {

	private static final long serialVersionUID = 1L;

	public ModelNotFoundException(String message) {
		super(message, null, "model_not_found", "model", null);
	}

}
