package io.llmserving.serving;

import org.jspecify.annotations.Nullable;

/**
 * A configured model can never be loaded as it stands.
 */
public class ModelStartupException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final String model;

	private final String remedy;

	public ModelStartupException(String model, String message, String remedy, @Nullable Throwable cause) {
		super(message, cause);
		this.model = model;
		this.remedy = remedy;
	}

	/**
	 * Returns the model's id.
	 */
	public String model() {
		return this.model;
	}

	/**
	 * Returns what to do about it.
	 */
	public String remedy() {
		return this.remedy;
	}

}
