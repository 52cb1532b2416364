package io.llmserving.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.llmserving.spi.EngineObserver;
import io.llmserving.spi.FinishedRequest;

/**
 * Tells observers what happens in one engine. One that throws is logged once and hears
 * nothing more. Engine thread only.
 */
final class Observers {

	private static final Logger logger = LoggerFactory.getLogger(Observers.class);

	private final String model;

	private final List<EngineObserver> observers;

	Observers(String model, List<EngineObserver> observers) {
		this.model = model;
		this.observers = new ArrayList<>(observers);
	}

	void submitted(int promptTokens) {
		if (!this.observers.isEmpty()) {
			tell((observer) -> observer.submitted(this.model, promptTokens));
		}
	}

	void firstToken(long nanos) {
		if (!this.observers.isEmpty()) {
			Duration since = Duration.ofNanos(nanos);
			tell((observer) -> observer.firstToken(this.model, since));
		}
	}

	// Called for every token: a loop without a lambda allocates nothing.
	void nextToken(long nanos) {
		for (int i = this.observers.size() - 1; i >= 0; i--) {
			try {
				this.observers.get(i).nextToken(this.model, nanos);
			}
			catch (RuntimeException ex) {
				drop(i, ex);
			}
		}
	}

	void finished(FinishedRequest request) {
		if (!this.observers.isEmpty()) {
			tell((observer) -> observer.finished(this.model, request));
		}
	}

	/** Whether nobody would hear anything. */
	boolean none() {
		return this.observers.isEmpty();
	}

	// Called for every step.
	void step(int tokens, int sequences, long nanos) {
		for (int i = this.observers.size() - 1; i >= 0; i--) {
			try {
				this.observers.get(i).step(this.model, tokens, sequences, nanos);
			}
			catch (RuntimeException ex) {
				drop(i, ex);
			}
		}
	}

	private void tell(Consumer<EngineObserver> event) {
		for (int i = this.observers.size() - 1; i >= 0; i--) {
			try {
				event.accept(this.observers.get(i));
			}
			catch (RuntimeException ex) {
				drop(i, ex);
			}
		}
	}

	private void drop(int index, RuntimeException cause) {
		EngineObserver dropped = this.observers.remove(index);
		logger.warn("Observer {} of model {} failed and hears nothing more", dropped, this.model, cause);
	}

}
