package io.llmserving.test;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Sinks;

import io.llmserving.api.FinishReason;
import io.llmserving.api.GenerationRequest;

/**
 * The answer to one request, given piece by piece by the test: nothing happens in between
 * unless the test lets it, so that no test has to wait for the time to pass. Safe for use
 * by many threads.
 */
public final class ManualAnswer {

	private final Sinks.Many<String> pieces = Sinks.many().replay().all();

	private final CompletableFuture<GenerationRequest> request = new CompletableFuture<>();

	private volatile @Nullable FinishReason reason;

	ManualAnswer() {
	}

	/**
	 * Returns the request that this is the answer to, as soon as it is there.
	 * @throws AssertionError if none comes in time
	 */
	public GenerationRequest awaitRequest(Duration atMost) {
		try {
			return this.request.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (TimeoutException ex) {
			throw new AssertionError("No request came within %d ms".formatted(atMost.toMillis()), ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new AssertionError("Interrupted while waiting for a request", ex);
		}
		catch (ExecutionException ex) {
			throw new AssertionError(ex);
		}
	}

	/**
	 * Gives the next piece.
	 */
	public synchronized ManualAnswer emit(String piece) {
		this.pieces.tryEmitNext(piece).orThrow();
		return this;
	}

	/**
	 * Ends the answer as complete.
	 */
	public synchronized void finish() {
		this.pieces.tryEmitComplete().orThrow();
	}

	/**
	 * Ends the answer as complete, for a reason.
	 */
	public synchronized void finish(FinishReason reason) {
		this.reason = reason;
		finish();
	}

	/**
	 * Ends the answer with an error.
	 */
	public synchronized void fail(Throwable failure) {
		this.pieces.tryEmitError(failure).orThrow();
	}

	/** Takes the request that is to be answered. */
	ScriptedAnswer to(GenerationRequest asked) {
		this.request.complete(asked);
		return new ScriptedAnswer(this.pieces.asFlux(), () -> this.reason);
	}

}
