package io.llmserving.text;

/**
 * A tokenizer's files cannot be used: they contradict themselves, or ask for something
 * that is not supported, which the message names.
 */
public final class TokenizerFormatException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	public TokenizerFormatException(String message) {
		super(message);
	}

	public TokenizerFormatException(String message, Throwable cause) {
		super(message, cause);
	}

}
