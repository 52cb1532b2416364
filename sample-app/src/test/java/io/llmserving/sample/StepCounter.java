package io.llmserving.sample;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import io.llmserving.spi.EngineObserver;
import io.llmserving.spi.FinishedRequest;

/**
 * Counts the engine's steps and cancellations.
 */
class StepCounter implements EngineObserver {

	final AtomicLong steps = new AtomicLong();

	final AtomicInteger cancelled = new AtomicInteger();

	final AtomicLong stepsAtLastCancel = new AtomicLong();

	final AtomicInteger largestBatch = new AtomicInteger();

	@Override
	public void step(String model, int tokens, int sequences, long nanos) {
		this.steps.incrementAndGet();
		this.largestBatch.accumulateAndGet(sequences, Math::max);
	}

	@Override
	public void finished(String model, FinishedRequest request) {
		if (request.outcome() == Outcome.CANCELLED) {
			this.stepsAtLastCancel.set(this.steps.get());
			this.cancelled.incrementAndGet();
		}
	}

}
