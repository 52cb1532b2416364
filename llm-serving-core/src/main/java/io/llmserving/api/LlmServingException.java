package io.llmserving.api;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * Why a request did not end by itself. Subclasses say which of the parties has to act.
 */
public abstract class LlmServingException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final @Nullable String code;

	private final @Nullable String parameter;

	private final transient @Nullable Duration retryAfter;

	private transient @Nullable Usage partialUsage;

	protected LlmServingException(String message, @Nullable Throwable cause, @Nullable String code,
			@Nullable String parameter, @Nullable Duration retryAfter) {
		super(message, cause);
		this.code = code;
		this.parameter = parameter;
		this.retryAfter = retryAfter;
	}

	/**
	 * Returns a short machine-readable code, as in OpenAI's error body.
	 */
	public @Nullable String code() {
		return this.code;
	}

	/**
	 * Returns the request's field at fault.
	 */
	public @Nullable String parameter() {
		return this.parameter;
	}

	/**
	 * Returns when a further try makes sense.
	 */
	public @Nullable Duration retryAfter() {
		return this.retryAfter;
	}

	/**
	 * Returns what the request consumed before it failed.
	 */
	public @Nullable Usage partialUsage() {
		return this.partialUsage;
	}

	/**
	 * Sets what the request consumed before it failed.
	 */
	public void partialUsage(Usage usage) {
		this.partialUsage = usage;
	}

}
