package io.llmserving.engine;

import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;

import io.llmserving.engine.Counters.Kind;
import io.llmserving.runtime.StepResult;
import io.llmserving.runtime.StepRunner;

/**
 * Keeps as many steps in flight as the runner takes: plans and submits the next ones,
 * then awaits the oldest and applies its result. Engine thread only.
 *
 * <pre>
 *   depth 1   schedule 1, submit 1, await 1, apply 1, schedule 2, …
 *   depth 2   schedule 1, submit 1, schedule 2, submit 2, await 1, apply 1, schedule 3, …
 * </pre>
 */
final class Pipeline {

	private final SchedulerParts parts;

	private final ResultApplier results;

	private final Inbox inbox;

	private final Counters counters;

	private final Observers observers;

	private final LongSupplier clock;

	private final StepCost cost = new StepCost();

	private final StepResult result = new StepResult();

	private @Nullable StepRunner runner;

	private @Nullable Scheduler scheduler;

	private Flight[] flights = new Flight[0];

	private long submitted;

	private long awaited;

	private long lastDone;

	Pipeline(SchedulerParts parts, ResultApplier results, Inbox inbox, Counters counters, Observers observers,
			LongSupplier clock) {
		this.parts = parts;
		this.results = results;
		this.inbox = inbox;
		this.counters = counters;
		this.observers = observers;
		this.clock = clock;
	}

	/** Starts to use a runner. */
	Scheduler open(StepRunner next) {
		StepBudget budget = new StepBudget(this.parts.budget(next), this.cost);
		Scheduler made = new Scheduler(next, this.parts, budget, this.inbox, this.counters);
		this.runner = next;
		this.scheduler = made;
		this.flights = new Flight[next.limits().depth()];
		for (int i = 0; i < this.flights.length; i++) {
			this.flights[i] = new Flight(made.rows.size());
		}
		this.submitted = 0;
		this.awaited = 0;
		this.counters.set(Kind.BLOCKS_TOTAL, next.limits().blocks());
		return made;
	}

	@Nullable Scheduler scheduler() {
		return this.scheduler;
	}

	/** Closes the runner; what is in flight is lost. */
	void close() {
		StepRunner last = this.runner;
		this.runner = null;
		this.scheduler = null;
		this.counters.set(Kind.WAITING, 0);
		this.counters.set(Kind.RUNNING, 0);
		this.counters.set(Kind.BLOCKS_TOTAL, 0);
		this.counters.set(Kind.BLOCKS_USED, 0);
		this.counters.set(Kind.BLOCKS_CACHED, 0);
		this.counters.cache.clear();
		if (last != null) {
			last.close();
		}
	}

	/**
	 * Completes one step; returns false if there was nothing to compute.
	 * @throws StepFailedException if it failed; the runner must be closed then
	 */
	boolean turn() {
		StepRunner on = this.runner;
		Scheduler by = this.scheduler;
		if (on == null || by == null) {
			return false;
		}
		while (this.submitted - this.awaited < this.flights.length) {
			Flight flight = flight(this.submitted + 1);
			flight.clear(this.submitted + 1);
			if (!by.schedule(flight)) {
				break;
			}
			submit(on, flight);
		}
		publish(by);
		boolean work = this.submitted > this.awaited;
		if (work) {
			await(on, by, flight(this.awaited + 1));
			publish(by);
		}
		return work;
	}

	private void submit(StepRunner on, Flight flight) {
		flight.submittedAt = this.clock.getAsLong();
		begin(flight);
		try {
			flight.ticket = on.submit(flight.plan);
		}
		catch (RuntimeException ex) {
			throw new StepFailedException(flight, ex);
		}
		this.submitted = flight.serial;
	}

	/** Notes whose first step this is. */
	private void begin(Flight flight) {
		for (int entry = 0; entry < flight.count; entry++) {
			Request request = flight.sequences[entry].request;
			if (request.startedAt == 0) {
				request.startedAt = flight.submittedAt;
				request.listeners.started();
				this.counters.add(Kind.STARTED, 1);
			}
		}
	}

	private void await(StepRunner on, Scheduler by, Flight flight) {
		this.counters.set(Kind.PROGRESS_AT, System.nanoTime());
		try {
			on.await(flight.ticket, this.result);
		}
		catch (RuntimeException ex) {
			throw new StepFailedException(flight, ex);
		}
		long now = this.clock.getAsLong();
		long nanos = now - Math.max(flight.submittedAt, this.lastDone);
		int tokens = flight.plan.tokens().count();
		this.lastDone = now;
		this.awaited = flight.serial;
		by.rows.awaited(flight.serial);
		this.cost.observe(tokens, flight.attended, nanos);
		this.inbox.nanosPerToken(this.cost.known() ? this.cost.perToken(0) : 0);
		this.counters.add(Kind.STEPS, 1);
		this.results.apply(flight, this.result, by.cache, now);
		flight.done();
		this.observers.step(tokens, flight.plan.sequences().count(), nanos);
		this.counters.set(Kind.PROGRESS_AT, System.nanoTime());
	}

	private Flight flight(long serial) {
		return this.flights[(int) (serial % this.flights.length)];
	}

	private void publish(Scheduler by) {
		this.counters.set(Kind.WAITING, by.waiting.size());
		this.counters.set(Kind.RUNNING, by.running.size());
		this.counters.set(Kind.BLOCKS_USED, by.cache.used());
		this.counters.set(Kind.BLOCKS_CACHED, by.cache.cached());
		this.counters.cache.publish(by.cache);
	}

}
