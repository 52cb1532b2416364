package io.llmserving.test;

import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

import io.llmserving.api.FinishReason;

/**
 * What a scripted engine answers to one request: pieces of text, each a token and an
 * event of its own, then an end. Immutable.
 */
public final class ScriptedAnswer {

	private final Flux<String> pieces;

	private final Supplier<@Nullable FinishReason> reason;

	/**
	 * Creates an answer.
	 * @param reason asked once the pieces have ended; null for what the pieces say
	 */
	ScriptedAnswer(Flux<String> pieces, Supplier<@Nullable FinishReason> reason) {
		this.pieces = pieces;
		this.reason = reason;
	}

	/**
	 * An answer of these pieces.
	 */
	public static ScriptedAnswer of(String... pieces) {
		return of(Flux.fromArray(pieces));
	}

	/**
	 * An answer of the pieces of a flux, when they come; its error becomes the
	 * generation's. Each choice subscribes to it once.
	 */
	public static ScriptedAnswer of(Flux<String> pieces) {
		return new ScriptedAnswer(pieces, () -> null);
	}

	/**
	 * A failure before the first event, such as a full queue.
	 */
	public static ScriptedAnswer failure(Throwable failure) {
		return of(Flux.error(failure));
	}

	/**
	 * The same answer with a failure after its last piece.
	 */
	public ScriptedAnswer thenFailing(Throwable failure) {
		return new ScriptedAnswer(this.pieces.concatWith(Flux.error(failure)), this.reason);
	}

	/**
	 * The same answer with a reason for its end. Without one it is {@code LENGTH} where
	 * the request's {@code max_tokens} end the answer, else {@code STOP}.
	 */
	public ScriptedAnswer finishing(FinishReason reason) {
		return new ScriptedAnswer(this.pieces, () -> reason);
	}

	Flux<String> pieces() {
		return this.pieces;
	}

	@Nullable FinishReason reason() {
		return this.reason.get();
	}

}
