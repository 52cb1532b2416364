package io.llmserving.engine;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.EngineFailedException;
import io.llmserving.api.EngineState;
import io.llmserving.api.LlmServingException;
import io.llmserving.api.ShuttingDownException;
import io.llmserving.runtime.StepLimits;
import io.llmserving.runtime.StepRunner;

/**
 * The thread of one loaded model, which owns scheduler and cache. It parks when there is
 * nothing to do.
 */
final class EngineLoop implements Runnable {

	private static final long JOIN_MILLIS = 10_000;

	/** By then whoever spreads requests over instances has seen that this one stops. */
	private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

	private final Inbox inbox;

	private final EngineCore core;

	private final BiConsumer<EngineState, @Nullable Throwable> states;

	private final Thread thread;

	private volatile boolean closed;

	private volatile boolean ending;

	EngineLoop(LoadedModel model, EngineSettings settings, StepRunner runner, Observers observers, Counters counters,
			BiConsumer<EngineState, @Nullable Throwable> states) {
		this.states = states;
		this.inbox = new Inbox(settings.queueSize());
		this.core = new EngineCore(model, settings, new EngineCore.Wiring(this.inbox, counters, observers,
				new SchedulerParts(model.windows(), settings), System::nanoTime, states));
		this.core.open(runner);
		this.thread = Thread.ofPlatform().daemon().name("llm-engine-" + model.info().model()).unstarted(this);
		this.inbox.reader(this.thread);
		counters.cache.drawnBy(this.inbox::wake);
	}

	void start() {
		this.thread.start();
	}

	static int context(StepLimits limits, LoadedModel model, EngineSettings settings) {
		return Math.min(limits.sequenceTokens(), Math.min(settings.contextLength(), model.info().contextLength()));
	}

	Inbox inbox() {
		return this.inbox;
	}

	/**
	 * Waits until every subscriber has its last signal; after the patience those that are
	 * left have an error for it.
	 */
	void drain(Duration patience) throws InterruptedException {
		if (!this.inbox.awaitClosed(patience)) {
			this.ending = true;
			this.inbox.wake();
			this.inbox.awaitClosed(Duration.ofSeconds(2));
		}
	}

	/**
	 * Ends all requests with an error and the thread.
	 * @return whether the thread has ended; one that hangs in a step can't be ended
	 */
	boolean close() throws InterruptedException {
		this.closed = true;
		this.inbox.wake();
		if (Thread.currentThread() != this.thread) {
			this.thread.join(JOIN_MILLIS);
		}
		return !this.thread.isAlive();
	}

	@Override
	public void run() {
		try {
			while (!this.closed) {
				long wait = this.core.turn();
				if (this.ending) {
					this.core.endAll(EngineLoop::stopping);
				}
				if (wait == Long.MAX_VALUE && !this.closed) {
					LockSupport.park(this);
				}
				else if (wait > 0 && !this.closed) {
					LockSupport.parkNanos(this, wait);
				}
			}
		}
		catch (RuntimeException | Error ex) {
			this.states.accept(EngineState.FAILED, ex);
			end(() -> new EngineFailedException("The engine failed: " + ex.getMessage(), ex));
		}
		finally {
			end(() -> new ShuttingDownException("The engine was stopped", null));
			this.core.close();
		}
	}

	/** What requests end with that come, or are not done, when the engine stops. */
	static ShuttingDownException stopping() {
		return new ShuttingDownException("The engine is stopping", RETRY_AFTER);
	}

	private void end(Supplier<? extends LlmServingException> error) {
		this.inbox.close(error);
		this.core.endAll(error);
	}

}
