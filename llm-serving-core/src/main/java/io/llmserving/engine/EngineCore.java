package io.llmserving.engine;

import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.EngineState;
import io.llmserving.api.LlmServingException;
import io.llmserving.engine.Counters.Kind;
import io.llmserving.runtime.StepRunner;

/**
 * All that the engine's thread does, turn by turn, without the thread: take in requests
 * and cancellations, end what expired, complete a step, recover from failures. Confined
 * to one thread.
 */
final class EngineCore {

	private final Requests requests;

	private final Pipeline pipeline;

	private final Recovery recovery;

	private final Counters counters;

	private final LongSupplier clock;

	EngineCore(LoadedModel model, EngineSettings settings, Wiring wiring) {
		this.requests = new Requests(settings, wiring.inbox(), wiring.counters(), wiring.observers());
		ResultApplier results = wiring.parts().results(this.requests, wiring.counters(), wiring.observers());
		this.pipeline = new Pipeline(wiring.parts(), results, wiring.inbox(), wiring.counters(), wiring.observers(),
				wiring.clock());
		this.recovery = new Recovery(model, settings, this.requests, this.pipeline, wiring.counters(), wiring.states());
		this.counters = wiring.counters();
		this.clock = wiring.clock();
	}

	/**
	 * What a core works with.
	 *
	 * @param states hears of restarts
	 */
	record Wiring(Inbox inbox, Counters counters, Observers observers, SchedulerParts parts, LongSupplier clock,
			BiConsumer<EngineState, @Nullable Throwable> states) {
	}

	/** Starts with a first runner. */
	Scheduler open(StepRunner runner) {
		Scheduler scheduler = this.pipeline.open(runner);
		this.requests.schedule(scheduler);
		return scheduler;
	}

	/**
	 * Does what there is to do, a step at most.
	 * @return nanoseconds until the next turn makes sense: 0 for at once,
	 * {@link Long#MAX_VALUE} if nobody waits for anything
	 */
	long turn() {
		long now = this.clock.getAsLong();
		this.requests.receive();
		this.requests.expire(now);
		long wait = this.recovery.restart(now);
		if (wait > 0) {
			return wait;
		}
		try {
			if (this.pipeline.turn()) {
				this.recovery.succeeded();
				return 0;
			}
		}
		catch (StepFailedException ex) {
			// What follows is no step that hangs.
			this.counters.set(Kind.PROGRESS_AT, 0);
			this.recovery.failed(ex, now);
			return 0;
		}
		if (!this.requests.sequences().isEmpty()) {
			return 1_000_000;
		}
		this.counters.set(Kind.PROGRESS_AT, 0);
		return this.requests.none() ? Long.MAX_VALUE : 100_000_000;
	}

	/** Returns whether there are sequences that have not ended. */
	boolean busy() {
		this.requests.receive();
		return !this.requests.sequences().isEmpty();
	}

	/** Returns the scheduler, null while the engine restarts. */
	@Nullable Scheduler scheduler() {
		return this.pipeline.scheduler();
	}

	/** Ends all requests with an error. */
	void endAll(Supplier<? extends LlmServingException> error) {
		this.requests.receive();
		this.requests.failAll(error);
	}

	void close() {
		this.pipeline.close();
		this.counters.set(Kind.PROGRESS_AT, 0);
	}

}
