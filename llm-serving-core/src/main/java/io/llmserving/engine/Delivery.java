package io.llmserving.engine;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * Threads that carry events to subscribers, shared by all engines of the process. One
 * serves all as long as subscribers return at once, with a spare one beside it: where a
 * subscriber blocks while others wait, the spare takes over and gets a spare of its own.
 * Handing a stream over costs the engine's thread no allocation.
 */
final class Delivery {

	private static final Delivery SHARED = new Delivery(64);

	/** How long a subscriber may hold up the others. */
	private static final long PATIENCE_MILLIS = 5;

	/** How long threads without work stay. */
	private static final long IDLE_MILLIS = 30_000;

	private final ArrayDeque<Runnable> queue = new ArrayDeque<>(1024);

	private final int most;

	private int threads;

	private int active;

	/** Threads that look again soon. */
	private int watching;

	/** When a thread last took something off the queue. */
	private long takenAt;

	Delivery(int most) {
		this.most = most;
	}

	static Delivery shared() {
		return SHARED;
	}

	/** Runs a drain soon. Any thread. */
	synchronized void deliver(Runnable drain) {
		this.queue.add(drain);
		if (this.threads == 0) {
			start();
		}
		else if (this.active == 0 || this.watching == 0) {
			notify();
		}
	}

	/** Whether all is delivered and every thread rests. */
	synchronized boolean quiet() {
		return this.active == 0 && this.watching == 0 && this.queue.isEmpty();
	}

	private void start() {
		this.threads++;
		Thread.ofPlatform().daemon().name("llm-delivery-" + this.threads).start(this::run);
	}

	private void run() {
		for (Runnable drain = take(); drain != null; drain = take()) {
			try {
				drain.run();
			}
			finally {
				release();
			}
		}
	}

	private synchronized void release() {
		this.active--;
	}

	private synchronized @Nullable Runnable take() {
		long since = System.nanoTime();
		while (!mayTake()) {
			boolean unused = this.active == 0 && this.queue.isEmpty();
			if (unused && System.nanoTime() - since >= TimeUnit.MILLISECONDS.toNanos(IDLE_MILLIS)) {
				this.threads--;
				return null;
			}
			this.watching += unused ? 0 : 1;
			try {
				wait(unused ? IDLE_MILLIS : PATIENCE_MILLIS);
			}
			catch (InterruptedException ex) {
				this.threads--;
				return null;
			}
			finally {
				this.watching -= unused ? 0 : 1;
			}
		}
		this.active++;
		this.takenAt = System.nanoTime();
		if (this.threads == this.active && this.threads < this.most) {
			start();
		}
		Runnable taken = this.queue.poll();
		if (!this.queue.isEmpty() && this.watching == 0) {
			notify(); // what came while this thread watched woke nobody up
		}
		return taken;
	}

	private boolean mayTake() {
		return !this.queue.isEmpty() && (this.active == 0
				|| System.nanoTime() - this.takenAt > TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS));
	}

}
