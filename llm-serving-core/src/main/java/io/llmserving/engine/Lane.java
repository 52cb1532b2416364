package io.llmserving.engine;

import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;

import io.llmserving.spi.SignalExecutor;

/**
 * The streams of one {@link SignalExecutor} that have something to tell, as a list linked
 * through themselves, so that it costs the engine's thread no allocation. Engines push,
 * the executor takes all at once.
 */
final class Lane {

	private static final Map<Executor, WeakReference<Lane>> LANES = new WeakHashMap<>();

	private final Executor executor;

	private final Runnable drain = this::drain;

	private final AtomicReference<@Nullable RequestStream> last = new AtomicReference<>();

	private Lane(Executor executor) {
		this.executor = executor;
	}

	/** Returns the lane of an executor; it lives as long as somebody holds it. */
	static synchronized Lane of(Executor executor) {
		WeakReference<Lane> known = LANES.get(executor);
		Lane lane = (known != null) ? known.get() : null;
		if (lane == null) {
			lane = new Lane(executor);
			LANES.put(executor, new WeakReference<>(lane));
		}
		return lane;
	}

	/**
	 * Adds a stream that is in no lane. Any thread.
	 * @return whether it is the first one, so that the caller has to {@link #signal()}
	 */
	boolean push(RequestStream stream) {
		RequestStream before = this.last.get();
		stream.previous = before;
		while (!this.last.compareAndSet(before, stream)) {
			before = this.last.get();
			stream.previous = before;
		}
		return before == null;
	}

	/** Has the streams served that were pushed. Any thread. */
	void signal() {
		try {
			this.executor.execute(this.drain);
		}
		catch (RejectedExecutionException ex) {
			// It was shut down: whoever still listens is told by a thread of ours.
			Delivery.shared().deliver(this.drain);
		}
	}

	private void drain() {
		RequestStream next = reversed(this.last.getAndSet(null));
		while (next != null) {
			RequestStream stream = next;
			next = stream.previous;
			stream.previous = null;
			stream.drain();
		}
	}

	/** Turns the list so that what was pushed first comes first. */
	private static @Nullable RequestStream reversed(@Nullable RequestStream from) {
		RequestStream first = null;
		RequestStream next = from;
		while (next != null) {
			RequestStream stream = next;
			next = stream.previous;
			stream.previous = first;
			first = stream;
		}
		return first;
	}

}
