package io.llmserving.catalog;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * The body of an answer, pulled chunk by chunk. Unlike the JDK's body streams it notices
 * a connection that stays open and silent. One reading thread; at most one chunk is
 * buffered here.
 */
final class ResponseChunks implements HttpResponse.BodySubscriber<ResponseChunks>, AutoCloseable {

	private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();

	private final Duration silence;

	private Flow.@Nullable Subscription subscription;

	private boolean closed;

	/**
	 * Creates an unread body.
	 * @param silence the longest wait for a chunk
	 */
	ResponseChunks(Duration silence) {
		this.silence = silence;
	}

	/**
	 * Returns the next bytes, {@code null} at the end.
	 * @throws IOException if the connection broke or stayed silent for too long
	 */
	@Nullable List<ByteBuffer> next() throws IOException, InterruptedException {
		Signal signal = this.signals.poll(this.silence.toMillis(), TimeUnit.MILLISECONDS);
		return switch (signal) {
			case null ->
				throw new HttpTimeoutException("not a byte came for %d seconds".formatted(this.silence.toSeconds()));
			case Bytes bytes -> {
				request();
				yield bytes.buffers();
			}
			case Broken broken -> throw new IOException(broken.cause().getMessage(), broken.cause());
			case End _ -> null;
		};
	}

	private synchronized void request() {
		if (this.subscription != null && !this.closed) {
			this.subscription.request(1);
		}
	}

	@Override
	public CompletionStage<ResponseChunks> getBody() {
		return CompletableFuture.completedFuture(this);
	}

	@Override
	public synchronized void onSubscribe(Flow.Subscription subscription) {
		this.subscription = subscription;
		if (this.closed) {
			subscription.cancel();
		}
		else {
			subscription.request(1);
		}
	}

	@Override
	public void onNext(List<ByteBuffer> buffers) {
		this.signals.add(new Bytes(buffers));
	}

	@Override
	public void onError(Throwable failure) {
		this.signals.add(new Broken(failure));
	}

	@Override
	public void onComplete() {
		this.signals.add(new End());
	}

	/**
	 * Gives up what has not been read, and with it the connection.
	 */
	@Override
	public synchronized void close() {
		this.closed = true;
		if (this.subscription != null) {
			this.subscription.cancel();
		}
	}

	private sealed interface Signal {

	}

	private record Bytes(List<ByteBuffer> buffers) implements Signal {
	}

	private record Broken(Throwable cause) implements Signal {
	}

	private record End() implements Signal {
	}

}
