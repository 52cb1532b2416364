package io.llmserving.runtime;

/**
 * The native library cannot be used on this machine as things stand; the message says
 * what to do.
 */
public class NativeLibraryException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final String remedy;

	public NativeLibraryException(String message, String remedy, Throwable cause) {
		super(message, cause);
		this.remedy = remedy;
	}

	public NativeLibraryException(String message, String remedy) {
		super(message);
		this.remedy = remedy;
	}

	/**
	 * Returns what to do about it.
	 */
	public String remedy() {
		return this.remedy;
	}

}
