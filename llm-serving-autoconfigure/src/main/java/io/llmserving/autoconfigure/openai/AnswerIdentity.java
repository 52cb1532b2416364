package io.llmserving.autoconfigure.openai;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.HexFormat;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * What all chunks of an answer have in common.
 *
 * @param id the answer's id
 * @param created when it was created, in seconds since 1970
 * @param model the model's name as the client knows it
 * @param fingerprint hash of all that the bits of an answer depend on; asked for when the
 * answer begins
 */
public record AnswerIdentity(String id, long created, String model, Supplier<@Nullable String> fingerprint) {

	private static final SecureRandom RANDOM = new SecureRandom();

	/**
	 * Creates an identity.
	 * @param prefix such as {@code chatcmpl-}
	 * @param requestId the client's own id, which becomes the tail of this one
	 */
	public static AnswerIdentity create(String prefix, @Nullable String requestId, String model,
			Supplier<@Nullable String> fingerprint, Clock clock) {
		String tail = (requestId != null) ? requestId : randomTail();
		return new AnswerIdentity(prefix + tail, clock.instant().getEpochSecond(), model, fingerprint);
	}

	/**
	 * Returns a request id of 96 random bits.
	 */
	public static String randomTail() {
		byte[] bytes = new byte[12];
		RANDOM.nextBytes(bytes);
		return HexFormat.of().formatHex(bytes);
	}

	/**
	 * Returns the first fields of each object of the answer, the opening brace included.
	 */
	String head(String object) {
		return new JsonText().raw("{\"id\":")
			.string(this.id)
			.raw(",\"object\":")
			.string(object)
			.raw(",\"created\":")
			.number(this.created)
			.raw(",\"model\":")
			.string(this.model)
			.raw(",\"system_fingerprint\":")
			.string(this.fingerprint.get())
			.toString();
	}

}
