package io.llmserving.api;

/**
 * The subscriber asked for nothing for too long.
 */
public final class SlowConsumerException extends LlmServingException {

	private static final long serialVersionUID = 1L;

	public SlowConsumerException(String message) {
		super(message, null, "slow_consumer", null, null);
	}

}
