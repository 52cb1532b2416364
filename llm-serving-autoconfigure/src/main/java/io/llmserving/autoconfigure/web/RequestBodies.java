package io.llmserving.autoconfigure.web;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.server.ServerRequest;
import reactor.core.publisher.Mono;

import io.llmserving.autoconfigure.openai.ErrorBody;

/**
 * Reads request bodies up to a limit of the protocol's own: the application's is made for
 * forms, not for long prompts.
 */
final class RequestBodies {

	private final int limit;

	RequestBodies(int limit) {
		this.limit = limit;
	}

	/**
	 * Reads the whole body.
	 * @return the bytes, or {@link RefusedBody} for a body that is too large or not JSON
	 */
	Mono<byte[]> read(ServerRequest request) {
		String type = request.headers().firstHeader(HttpHeaders.CONTENT_TYPE);
		if (type != null && !isJson(type)) {
			return Mono.error(new RefusedBody(
					ErrorBody.of(415, "The content type must be application/json, not " + type, "unsupported_type")));
		}
		return DataBufferUtils.join(request.body(BodyExtractors.toDataBuffers()), this.limit)
			.map(RequestBodies::bytes)
			.defaultIfEmpty(new byte[0])
			.onErrorMap(DataBufferLimitException.class,
					(ex) -> new RefusedBody(ErrorBody.of(413,
							"The body is larger than %d bytes, the limit of llm.serving.openai.max-request-size"
								.formatted(this.limit),
							"request_too_large")));
	}

	private static boolean isJson(String type) {
		try {
			return MediaType.parseMediaType(type).isCompatibleWith(MediaType.APPLICATION_JSON);
		}
		catch (InvalidMediaTypeException ex) {
			return false;
		}
	}

	private static byte[] bytes(DataBuffer buffer) {
		byte[] bytes = new byte[buffer.readableByteCount()];
		buffer.read(bytes);
		DataBufferUtils.release(buffer);
		return bytes;
	}

	/**
	 * A body that is refused before it is parsed.
	 */
	static final class RefusedBody extends RuntimeException {

		private static final long serialVersionUID = 1L;

		private final transient ErrorBody error;

		RefusedBody(ErrorBody error) {
			super(error.message(), null, false, false);
			this.error = error;
		}

		ErrorBody error() {
			return this.error;
		}

	}

}
