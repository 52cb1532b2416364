package io.llmserving.autoconfigure.security;

/**
 * A property asks for protection that a library gives which is not on the class path.
 */
final class MissingLibraryException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final String artifact;

	MissingLibraryException(String reason, String artifact, String consequence) {
		super("%s, but %s is not on the class path: %s.".formatted(reason, artifact, consequence));
		this.artifact = artifact;
	}

	String artifact() {
		return this.artifact;
	}

}
