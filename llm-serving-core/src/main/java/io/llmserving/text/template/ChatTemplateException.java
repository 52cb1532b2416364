package io.llmserving.text.template;

/**
 * Why a chat template could not be compiled or rendered.
 */
public final class ChatTemplateException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final Kind kind;

	private final int line;

	ChatTemplateException(Kind kind, String message, int line) {
		super(message + " (chat template, line " + line + ")");
		this.kind = kind;
		this.line = line;
	}

	/**
	 * Returns who has to act.
	 */
	public Kind kind() {
		return this.kind;
	}

	/**
	 * Returns the line of the template, counted from 1, at or near which it happened.
	 */
	public int line() {
		return this.line;
	}

	/**
	 * What went wrong.
	 */
	public enum Kind {

		/** The template itself is malformed; it can never be rendered. */
		SYNTAX,

		/**
		 * The template refused its input with {@code raise_exception}; the message is
		 * meant for the caller.
		 */
		RAISED,

		/** An operation failed, such as a sum of a string and a number. */
		RUNTIME,

		/** Rendering took too many steps, nested too deeply or grew too long. */
		LIMIT

	}

}
