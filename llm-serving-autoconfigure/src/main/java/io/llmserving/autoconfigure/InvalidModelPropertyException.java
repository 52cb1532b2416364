package io.llmserving.autoconfigure;

/**
 * A property under {@code llm.serving} cannot be honoured.
 */
final class InvalidModelPropertyException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final String property;

	private final String value;

	private final String remedy;

	InvalidModelPropertyException(String property, String value, String remedy) {
		super("Property '%s' with the value '%s': %s".formatted(property, value, remedy));
		this.property = property;
		this.value = value;
		this.remedy = remedy;
	}

	String property() {
		return this.property;
	}

	String value() {
		return this.value;
	}

	String remedy() {
		return this.remedy;
	}

}
