package io.llmserving.engine;

import java.time.Duration;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.DeadlineExceededException;
import io.llmserving.api.LlmServingException;
import io.llmserving.api.OverloadedException;

/**
 * Where other threads leave requests and cancellations for the engine's. Requests are
 * counted by their sequences, all or nothing, until each is first admitted to the batch;
 * cancellations are never refused. Safe for use by many threads.
 */
final class Inbox {

	private final int capacity;

	private final Queue<Request> requests = new ConcurrentLinkedQueue<>();

	private final Queue<Request> aborts = new ConcurrentLinkedQueue<>();

	private final AtomicInteger waiting = new AtomicInteger();

	private final AtomicLong waitingTokens = new AtomicLong();

	/** What one more prompt token costs, as fitted by the engine's thread. */
	private volatile double nanosPerToken;

	final DrainPace pace = new DrainPace();

	private volatile @Nullable Thread reader;

	/** Set when nobody reads any more. */
	private volatile @Nullable Supplier<? extends LlmServingException> refusal;

	private int open;

	private boolean leaving;

	private long unusedSince = System.nanoTime();

	Inbox(int capacity) {
		this.capacity = capacity;
	}

	/** Sets the thread to wake. */
	void reader(Thread thread) {
		this.reader = thread;
	}

	/**
	 * Puts a request into the queue.
	 * @throws OverloadedException if its sequences don't fit or it can't start before its
	 * deadline
	 * @throws DeadlineExceededException if that has passed already
	 */
	void submit(Request request) {
		refuse();
		int sequences = request.choices.length;
		long wait = untilStart();
		if (this.waiting.addAndGet(sequences) > this.capacity) {
			int others = this.waiting.addAndGet(-sequences);
			throw new OverloadedException("%d sequences wait already and this request has %d; the queue takes %d"
				.formatted(others, sequences, this.capacity), retryAfter(wait));
		}
		long patience = patience(request);
		if (patience <= 0 || wait > patience) {
			this.waiting.addAndGet(-sequences);
			throw late(wait, patience);
		}
		this.waitingTokens.addAndGet(request.admitted.prompt().length);
		this.requests.add(request);
		wake();
		refuse();
	}

	/**
	 * What the prompts before one that comes now take, or the places that they wait for.
	 */
	private long untilStart() {
		int before = this.waiting.get();
		long places = (before > 0) ? this.pace.nanos(before + 1) : 0;
		return Math.max((long) (this.waitingTokens.get() * this.nanosPerToken), places);
	}

	/** How long the request's first token may take: it begins with the prompt at best. */
	private static long patience(Request request) {
		return Math.min(request.admitted.firstTokenNanos() - request.submitted,
				request.admitted.deadlineNanos() - request.submitted);
	}

	private LlmServingException late(long wait, long patience) {
		if (patience <= 0) {
			return new DeadlineExceededException("The request's deadline had passed before it was submitted");
		}
		return new OverloadedException(
				"%d sequences wait already, with %d prompt tokens, so that this request would start in about %s, after its deadline in %s"
					.formatted(this.waiting.get(), this.waitingTokens.get(), seconds(wait), seconds(patience)),
				retryAfter(wait));
	}

	private static String seconds(long nanos) {
		return String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
	}

	/** Refuses requests from now on: who reads will stop. */
	void close(Supplier<? extends LlmServingException> error) {
		this.refusal = error;
	}

	// Asked before and after a request is put in: whatever a reader that stops misses is
	// refused here.
	private void refuse() {
		Supplier<? extends LlmServingException> error = this.refusal;
		if (error != null) {
			throw error.get();
		}
	}

	private static Duration retryAfter(long waitNanos) {
		return Duration.ofSeconds(Math.clamp(Duration.ofNanos(waitNanos).toSeconds(), 1, 60));
	}

	void abort(Request request) {
		this.aborts.add(request);
		wake();
	}

	void wake() {
		LockSupport.unpark(this.reader);
	}

	/** Tells that a sequence has a place in the batch. */
	void entered(Sequence sequence) {
		if (!sequence.entered) {
			this.pace.left(System.nanoTime());
			left(sequence);
		}
	}

	/**
	 * Tells that a sequence waits no more for its first admission, whatever the reason.
	 */
	void left(Sequence sequence) {
		if (!sequence.entered) {
			sequence.entered = true;
			if (this.waiting.decrementAndGet() == 0) {
				this.pace.empty();
			}
			if (sequence.leader == null) {
				this.waitingTokens.addAndGet(-sequence.promptLength);
			}
		}
	}

	/** Returns how many sequences wait for their first admission. */
	int waiting() {
		return this.waiting.get();
	}

	void nanosPerToken(double nanos) {
		this.nanosPerToken = nanos;
	}

	@Nullable Request nextRequest() {
		return this.requests.poll();
	}

	@Nullable Request nextAbort() {
		return this.aborts.poll();
	}

	/**
	 * Tells that a subscriber waits for signals.
	 * @return false if nobody may come any more, see {@link #leave()}
	 */
	synchronized boolean opened() {
		if (!this.leaving) {
			this.open++;
		}
		return !this.leaving;
	}

	/** Lets nobody in from now on: who waits for the others sees all there are. */
	synchronized void leave() {
		this.leaving = true;
	}

	/** Tells that a subscriber has its last signal or wants no more. */
	synchronized void closed() {
		if (--this.open == 0) {
			this.unusedSince = System.nanoTime();
			notifyAll();
		}
	}

	/**
	 * Returns since when no subscriber waits for signals, null while one does.
	 */
	synchronized @Nullable Long unusedSince() {
		return (this.open == 0) ? this.unusedSince : null;
	}

	/** Waits until all subscribers have their last signal; returns whether they have. */
	synchronized boolean awaitClosed(Duration patience) throws InterruptedException {
		long until = System.nanoTime() + patience.toNanos();
		while (this.open > 0) {
			long left = until - System.nanoTime();
			if (left <= 0) {
				return false;
			}
			wait(left / 1_000_000 + 1);
		}
		return true;
	}

}
