package io.llmserving.autoconfigure.web;

import java.math.BigDecimal;
import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.web.reactive.function.server.ServerRequest;

import io.llmserving.api.GenerationRequest;
import io.llmserving.api.InvalidRequestException;

/**
 * The deadlines that a client sets by headers, in seconds: the time after which nobody
 * reads the answer any more. A request that cannot make them is refused at once, by the
 * engine's admission.
 */
final class RequestDeadlines {

	/** How long the whole answer may take. */
	static final String REQUEST = "X-Request-Timeout";

	/** How long the first token may take. */
	static final String FIRST_TOKEN = "X-First-Token-Timeout";

	private static final BigDecimal NANOS = BigDecimal.valueOf(1_000_000_000);

	private final Duration most;

	/**
	 * Reads deadlines.
	 * @param most longest one that a client may set; longer ones are cut to it
	 */
	RequestDeadlines(Duration most) {
		this.most = most;
	}

	/**
	 * Returns the generation with the deadlines of the request that asks for it.
	 * @throws InvalidRequestException if a header is no positive number
	 */
	GenerationRequest apply(ServerRequest request, GenerationRequest generation) {
		Duration whole = read(request, REQUEST);
		Duration first = read(request, FIRST_TOKEN);
		if (whole == null && first == null) {
			return generation;
		}
		return generation.toBuilder().deadline(whole).firstTokenDeadline(first).build();
	}

	private @Nullable Duration read(ServerRequest request, String header) {
		String value = request.headers().firstHeader(header);
		return (value != null && !value.isBlank()) ? read(header, value.strip()) : null;
	}

	private Duration read(String header, String value) {
		// Ten digits and nine decimals are enough, and keep the number's arithmetic
		// small.
		if (!value.matches("[0-9]{1,10}([.][0-9]{1,9})?")) {
			throw invalid(header, value);
		}
		BigDecimal nanos = new BigDecimal(value).multiply(NANOS);
		if (nanos.signum() == 0) {
			throw invalid(header, value);
		}
		return (nanos.compareTo(BigDecimal.valueOf(this.most.toNanos())) < 0) ? Duration.ofNanos(nanos.longValue())
				: this.most;
	}

	private static InvalidRequestException invalid(String header, String value) {
		String shown = (value.length() <= 40) ? value : value.substring(0, 40) + "…";
		return new InvalidRequestException(
				"The header %s is '%s'; it must be a number of seconds above 0, such as 30 or 0.5".formatted(header,
						shown),
				header, "invalid_header");
	}

}
