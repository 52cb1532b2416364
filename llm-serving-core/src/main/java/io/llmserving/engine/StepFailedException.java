package io.llmserving.engine;

/**
 * A step failed, and with it the runner.
 */
final class StepFailedException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final transient Flight flight;

	StepFailedException(Flight flight, RuntimeException cause) {
		super(cause.getMessage(), cause);
		this.flight = flight;
	}

	/** Returns the step that failed. */
	Flight flight() {
		return this.flight;
	}

}
