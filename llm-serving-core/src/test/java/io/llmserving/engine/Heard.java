package io.llmserving.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.llmserving.spi.EngineObserver;
import io.llmserving.spi.FinishedRequest;

/**
 * An observer that keeps what it hears.
 */
class Heard implements EngineObserver {

	final List<String> log = new ArrayList<>();

	int tokens;

	int steps;

	@Override
	public void submitted(String model, int promptTokens) {
		this.log.add("submitted " + promptTokens);
	}

	@Override
	public void firstToken(String model, Duration sinceSubmission) {
		this.log.add("first");
	}

	@Override
	public void nextToken(String model, long nanosSincePrevious) {
		this.tokens++;
	}

	@Override
	public void finished(String model, FinishedRequest request) {
		this.log.add("finished " + request.outcome() + " " + request.promptTokens()
				+ ((request.outcome() == Outcome.CANCELLED) ? "" : " " + request.completionTokens()));
	}

	@Override
	public void step(String model, int tokens, int sequences, long nanos) {
		this.steps++;
	}

}
