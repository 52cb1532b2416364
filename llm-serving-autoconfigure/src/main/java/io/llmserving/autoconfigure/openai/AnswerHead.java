package io.llmserving.autoconfigure.openai;

import org.jspecify.annotations.Nullable;

/**
 * The first fields of each object of an answer, made when they are first written: before
 * that the engine may not be ready and its fingerprint unknown. One thread at a time.
 */
final class AnswerHead {

	private final AnswerIdentity identity;

	private final String object;

	private @Nullable String text;

	AnswerHead(AnswerIdentity identity, String object) {
		this.identity = identity;
		this.object = object;
	}

	/** Returns the fields, the opening brace included. */
	String text() {
		String made = this.text;
		if (made == null) {
			made = this.identity.head(this.object);
			this.text = made;
		}
		return made;
	}

}
