package io.llmserving.autoconfigure.web;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.llmserving.api.EngineFailedException;
import io.llmserving.api.LlmServingException;
import io.llmserving.autoconfigure.openai.ErrorBody;

/**
 * Turns what a request ended with into the protocol's shape. What is not the client's
 * doing is logged; its stack trace only where the cause is not known.
 */
final class ProtocolErrors {

	private static final Logger log = LoggerFactory.getLogger(ProtocolErrors.class);

	private ProtocolErrors() {
	}

	static ErrorBody of(Throwable error) {
		if (error instanceof RequestBodies.RefusedBody refused) {
			return refused.error();
		}
		if (error instanceof EngineFailedException) {
			log.warn("A request failed: {}", error.getMessage());
		}
		else if (!(error instanceof LlmServingException)) {
			log.error("A request failed", error);
		}
		return ErrorBody.of(error);
	}

}
