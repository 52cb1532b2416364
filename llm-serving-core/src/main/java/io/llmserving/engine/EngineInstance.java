package io.llmserving.engine;

import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

import io.llmserving.api.EngineFailedException;
import io.llmserving.api.EngineState;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmServingException;
import io.llmserving.api.NotReadyException;
import io.llmserving.runtime.StepRunner;
import io.llmserving.spi.EngineObserver;
import io.llmserving.spi.EngineObserver.Outcome;
import io.llmserving.spi.FinishedRequest;

/**
 * What runs a model as long as it is loaded. Safe for use by many threads.
 */
record EngineInstance(LoadedModel model, EngineLoop loop, RequestCheck check, List<EngineObserver> observers) {

	private static final Logger logger = LoggerFactory.getLogger(EngineInstance.class);

	private static final Duration RETRY = Duration.ofSeconds(5);

	/** Takes over a model, makes its first runner and starts the engine's thread. */
	static EngineInstance start(LoadedModel model, EngineSettings settings, List<EngineObserver> observers,
			Counters counters, BiConsumer<EngineState, @Nullable Throwable> states) {
		StepRunner runner = model.runners().get();
		int context = EngineLoop.context(runner.limits(), model, settings);
		EngineLoop loop = new EngineLoop(model, settings, runner, new Observers(model.info().model(), observers),
				counters, states);
		RequestCheck check = new RequestCheck(model, settings, context, runner.limits());
		loop.start();
		return new EngineInstance(model, loop, check, observers);
	}

	/**
	 * Checks a request and puts it into the queue. Subscriber's thread.
	 * @return false if the instance is about to go and the subscriber has heard nothing
	 */
	boolean submit(String id, GenerationRequest request, CoreSubscriber<? super GenerationEvent> subscriber) {
		Inbox inbox = this.loop.inbox();
		if (!inbox.opened()) {
			return false;
		}
		long now = System.nanoTime();
		RequestListeners listeners = RequestListeners.of(this.observers, id, request, subscriber.currentContext());
		Request made;
		try {
			made = new Request(this.check.check(request), now, this.check.bytes(), id, subscriber, inbox, listeners);
		}
		catch (RuntimeException ex) {
			inbox.closed();
			refused(listeners, now, request, ex);
			Operators.error(subscriber, ex);
			return true;
		}
		subscriber.onSubscribe(made.stream);
		if (made.stream.ended()) {
			listeners.finished(made.finished(Outcome.CANCELLED, System.nanoTime(), null));
			return true;
		}
		try {
			inbox.submit(made);
		}
		catch (LlmServingException ex) {
			refused(listeners, now, request, ex);
			made.stream.fail(ex);
		}
		return true;
	}

	private static void refused(RequestListeners listeners, long submitted, GenerationRequest request, Throwable why) {
		if (!listeners.none()) {
			Duration since = Duration.ofNanos(System.nanoTime() - submitted);
			listeners.finished(FinishedRequest.refused(since, request.sampling().n(), why));
		}
	}

	/** Makes the answer to requests that find no instance, because it failed. */
	static EngineFailedException failed(Throwable cause) {
		return new EngineFailedException("The model could not be run: " + cause.getMessage(), cause);
	}

	/**
	 * Returns the instance.
	 * @throws NotReadyException if there is none
	 */
	static EngineInstance require(@Nullable EngineInstance instance, String id) {
		if (instance == null) {
			throw new NotReadyException("The model %s is not loaded".formatted(id), RETRY);
		}
		return instance;
	}

	/** Makes the answer to requests that waited in vain for an instance. */
	static Mono<EngineInstance> late(String id, Duration patience) {
		return Mono
			.error(() -> new NotReadyException("The model %s was not ready within %s".formatted(id, patience), RETRY));
	}

	/** Ends what still runs, and frees the weights. */
	void stop() {
		try {
			if (this.loop.close()) {
				this.model.weights().close();
			}
			else {
				logger.warn("Model {} hangs in a step: its memory is not freed", this.model.info().model());
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (Exception ex) {
			throw new IllegalStateException("The model's weights could not be freed", ex);
		}
	}

}
