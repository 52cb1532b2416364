package io.llmserving.bench.load;

/**
 * How a request ended.
 */
public enum Outcome {

	/** Answered in full. */
	COMPLETED,

	/** Cancelled by the client, as planned. */
	CANCELLED,

	/** Refused with status 429 or 503 before any token: the server sheds load. */
	REJECTED,

	/** Anything else. */
	FAILED

}
