package io.llmserving.langchain4j;

import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.TimeoutException;

import io.llmserving.api.DeadlineExceededException;
import io.llmserving.api.LlmServingException;
import io.llmserving.api.NotReadyException;
import io.llmserving.api.OverloadedException;
import io.llmserving.api.QuotaExceededException;
import io.llmserving.api.ShuttingDownException;

/**
 * Says in LangChain4j's terms what went wrong; the cause keeps the engine's own.
 */
final class ErrorMapper {

	private ErrorMapper() {
	}

	static LangChain4jException map(LlmServingException error) {
		String message = String.valueOf(error.getMessage());
		return switch (error) {
			case io.llmserving.api.InvalidRequestException ex -> new InvalidRequestException(message, ex);
			case io.llmserving.api.ModelNotFoundException ex -> new ModelNotFoundException(message, ex);
			case OverloadedException ex -> new RateLimitException(message, ex);
			case QuotaExceededException ex -> new RateLimitException(message, ex);
			case DeadlineExceededException ex -> new TimeoutException(message, ex);
			case NotReadyException ex -> new InternalServerException(message, ex);
			case ShuttingDownException ex -> new InternalServerException(message, ex);
			default -> new LangChain4jException(message, error);
		};
	}

}
