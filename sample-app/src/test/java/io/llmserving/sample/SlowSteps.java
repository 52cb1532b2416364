package io.llmserving.sample;

import java.util.concurrent.locks.LockSupport;

import io.llmserving.spi.EngineObserver;

/**
 * Makes each step of the tiny model take as long as a large model's, so that an answer is
 * still being written when somebody looks.
 */
class SlowSteps implements EngineObserver {

	private static final long NANOS = 20_000_000;

	@Override
	public void step(String model, int tokens, int sequences, long nanos) {
		LockSupport.parkNanos(NANOS);
	}

}
