package io.llmserving.engine;

import java.util.function.BiConsumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.llmserving.api.EngineFailedException;
import io.llmserving.api.EngineState;
import io.llmserving.engine.Counters.Kind;
import io.llmserving.runtime.StepRunner;
import io.llmserving.spi.EngineObserver.Outcome;

/**
 * What follows a failed step: its runner is given up with the whole cache and a new one
 * is made. All tokens are known here, so every sequence goes on as if it had been
 * preempted; those of the failed step run alone until each is past the place, once: what
 * fails again is to blame. Engine thread only.
 */
final class Recovery {

	private static final Logger logger = LoggerFactory.getLogger(Recovery.class);

	private final LoadedModel model;

	private final EngineSettings settings;

	private final Requests requests;

	private final Pipeline pipeline;

	private final Counters counters;

	private final BiConsumer<EngineState, @Nullable Throwable> states;

	/** Failures since a step succeeded. */
	private int failures;

	private boolean down;

	private long retryAt;

	Recovery(LoadedModel model, EngineSettings settings, Requests requests, Pipeline pipeline, Counters counters,
			BiConsumer<EngineState, @Nullable Throwable> states) {
		this.model = model;
		this.settings = settings;
		this.requests = requests;
		this.pipeline = pipeline;
		this.counters = counters;
		this.states = states;
	}

	void succeeded() {
		this.failures = 0;
	}

	/**
	 * Gives up the runner.
	 * @throws RuntimeException the cause, after too many failures in a row
	 */
	void failed(StepFailedException failure, long now) {
		this.requests.schedule(null);
		this.pipeline.close();
		this.down = true;
		suspect(failure, now);
		for (Sequence sequence : this.requests.sequences()) {
			sequence.forget();
			sequence.row = -1;
			sequence.request.promptPlanned = sequence.request.promptDone;
		}
		later(failure, now);
	}

	private void suspect(StepFailedException failure, long now) {
		Flight flight = failure.flight();
		for (int entry = 0; entry < flight.count; entry++) {
			Request request = flight.sequences[entry].request;
			if (!flight.stale(entry) && request.replays > 0) {
				this.requests.fail(request,
						new EngineFailedException(
								"A step with this request failed twice: %s".formatted(failure.getMessage()),
								failure.getCause()),
						Outcome.FAILED, now);
			}
		}
		for (int entry = 0; entry < flight.count; entry++) {
			Sequence sequence = flight.sequences[entry];
			if (!flight.stale(entry)) {
				sequence.request.replays = 1;
				sequence.suspectUntil = flight.upTo[entry];
			}
		}
	}

	private void later(RuntimeException cause, long now) {
		this.counters.add(Kind.RESTARTS, 1);
		if (++this.failures > this.settings.restartAttempts()) {
			throw new IllegalStateException(
					"%d failures in a row, the last: %s".formatted(this.failures, cause.getMessage()), cause);
		}
		long delay = this.settings.restartDelay().toNanos() << Math.min(20, this.failures - 1);
		delay = Math.min(delay, this.settings.restartMaxDelay().toNanos());
		this.retryAt = now + delay;
		logger.warn("Model {} failed and restarts in {} ms: {}", this.model.info().model(), delay / 1_000_000,
				cause.getMessage(), cause);
		this.states.accept(EngineState.RESTARTING, cause);
	}

	/**
	 * Makes a new runner if one is needed and it is time; returns the nanoseconds until
	 * then.
	 */
	long restart(long now) {
		if (!this.down) {
			return 0;
		}
		if (now - this.retryAt < 0) {
			return this.retryAt - now;
		}
		try {
			StepRunner runner = this.model.runners().get();
			this.requests.schedule(this.pipeline.open(runner));
			this.down = false;
			this.states.accept(EngineState.READY, null);
		}
		catch (RuntimeException ex) {
			later(ex, now);
			return Math.max(1, this.retryAt - now);
		}
		return 0;
	}

}
