package io.llmserving.catalog;

/**
 * A secret. Its text never shows it.
 */
final class BearerToken {

	private final String value;

	BearerToken(String value) {
		this.value = value;
	}

	String header() {
		return "Bearer " + this.value;
	}

	@Override
	public String toString() {
		return "(token)";
	}

}
