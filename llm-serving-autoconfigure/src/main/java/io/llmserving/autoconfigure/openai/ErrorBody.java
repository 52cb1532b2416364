package io.llmserving.autoconfigure.openai;

import java.time.Duration;

import io.llmserving.api.DeadlineExceededException;
import io.llmserving.api.EngineFailedException;
import io.llmserving.api.InvalidRequestException;
import io.llmserving.api.LlmServingException;
import io.llmserving.api.ModelNotFoundException;
import io.llmserving.api.NotReadyException;
import io.llmserving.api.OverloadedException;
import io.llmserving.api.QuotaExceededException;
import io.llmserving.api.ShuttingDownException;
import io.llmserving.api.SlowConsumerException;
import org.jspecify.annotations.Nullable;

/**
 * An error in OpenAI's shape.
 *
 * @param status the HTTP status
 * @param message what is wrong and how to mend it
 * @param type class of the error
 * @param param the field at fault
 * @param code short machine-readable code
 * @param retryAfter when a further try makes sense
 */
public record ErrorBody(int status, String message, String type, @Nullable String param, @Nullable String code,
		@Nullable Duration retryAfter) {

	/**
	 * Maps what a generation or the request's parsing threw.
	 */
	public static ErrorBody of(Throwable error) {
		if (!(error instanceof LlmServingException failure)) {
			return new ErrorBody(500, "The server failed to answer the request", "server_error", null, null, null);
		}
		return new ErrorBody(status(failure), String.valueOf(failure.getMessage()), type(failure), failure.parameter(),
				failure.code(), failure.retryAfter());
	}

	/**
	 * An error that is not the engine's, such as an unknown path.
	 */
	public static ErrorBody of(int status, String message, @Nullable String code) {
		return new ErrorBody(status, message, (status < 500) ? "invalid_request_error" : "server_error", null, code,
				null);
	}

	/**
	 * Writes the body.
	 */
	public String json() {
		JsonText json = new JsonText().raw("{\"error\":{\"message\":").string(this.message);
		json.raw(",\"type\":").string(this.type).raw(",\"param\":").string(this.param);
		return json.raw(",\"code\":").string(this.code).raw("}}").toString();
	}

	private static int status(LlmServingException failure) {
		if (failure instanceof InvalidRequestException) {
			return 400;
		}
		if (failure instanceof ModelNotFoundException) {
			return 404;
		}
		if (failure instanceof QuotaExceededException) {
			return 429;
		}
		if (failure instanceof OverloadedException || failure instanceof NotReadyException
				|| failure instanceof ShuttingDownException) {
			return 503;
		}
		if (failure instanceof DeadlineExceededException) {
			return 504;
		}
		return 500;
	}

	private static String type(LlmServingException failure) {
		return switch (failure) {
			case InvalidRequestException ex -> "invalid_request_error";
			case ModelNotFoundException ex -> "invalid_request_error";
			case QuotaExceededException ex -> "rate_limit_error";
			case OverloadedException ex -> "overloaded_error";
			case NotReadyException ex -> "service_unavailable_error";
			case ShuttingDownException ex -> "service_unavailable_error";
			case DeadlineExceededException ex -> "timeout_error";
			case SlowConsumerException ex -> "timeout_error";
			case EngineFailedException ex -> "server_error";
			default -> "server_error";
		};
	}

}
