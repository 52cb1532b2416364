package io.llmserving.springai;

import org.springframework.ai.retry.NonTransientAiException;
import org.springframework.ai.retry.TransientAiException;

import io.llmserving.api.DeadlineExceededException;
import io.llmserving.api.LlmServingException;
import io.llmserving.api.NotReadyException;
import io.llmserving.api.OverloadedException;
import io.llmserving.api.QuotaExceededException;
import io.llmserving.api.ShuttingDownException;

/**
 * Says in Spring AI's terms whether a further try makes sense. The cause keeps code,
 * field and the time after which to try. A failed engine is none that passes: it has
 * repeated the request itself.
 */
final class ErrorMapper {

	private ErrorMapper() {
	}

	static RuntimeException map(LlmServingException error) {
		String message = String.valueOf(error.getMessage());
		boolean passing = error instanceof OverloadedException || error instanceof NotReadyException
				|| error instanceof ShuttingDownException || error instanceof QuotaExceededException
				|| error instanceof DeadlineExceededException;
		return passing ? new TransientAiException(message, error) : new NonTransientAiException(message, error);
	}

}
