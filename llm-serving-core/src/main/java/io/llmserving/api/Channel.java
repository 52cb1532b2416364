package io.llmserving.api;

/**
 * Which part of an answer a piece of text belongs to.
 */
public enum Channel {

	/** The answer itself. */
	CONTENT,

	/** Thoughts that precede the answer. */
	REASONING

}
