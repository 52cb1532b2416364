package io.llmserving.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.util.context.ContextView;

import io.llmserving.api.GenerationRequest;
import io.llmserving.spi.EngineObserver;
import io.llmserving.spi.FinishedRequest;
import io.llmserving.spi.RequestObserver;

/**
 * Tells those who observe one request what happens to it. One that throws is logged and
 * hears nothing more. One thread at a time.
 */
final class RequestListeners {

	private static final Logger logger = LoggerFactory.getLogger(RequestListeners.class);

	/** For requests that nobody observes. */
	static final RequestListeners NONE = new RequestListeners();

	private final List<RequestObserver> observers = new ArrayList<>(1);

	/** Asks who wants to observe a request. Subscriber's thread. */
	static RequestListeners of(List<EngineObserver> all, String model, GenerationRequest request, ContextView context) {
		if (all.isEmpty()) {
			return NONE;
		}
		RequestListeners listeners = new RequestListeners();
		for (EngineObserver observer : all) {
			try {
				RequestObserver wanted = observer.observe(model, request, context);
				if (wanted != null) {
					listeners.observers.add(wanted);
				}
			}
			catch (RuntimeException ex) {
				logger.warn("Observer {} of model {} does not observe a request", observer, model, ex);
			}
		}
		return listeners;
	}

	boolean none() {
		return this.observers.isEmpty();
	}

	void started() {
		tell(RequestObserver::started);
	}

	void firstToken() {
		tell(RequestObserver::firstToken);
	}

	void finished(FinishedRequest request) {
		tell((observer) -> observer.finished(request));
	}

	private void tell(Consumer<RequestObserver> event) {
		for (int i = this.observers.size() - 1; i >= 0; i--) {
			try {
				event.accept(this.observers.get(i));
			}
			catch (RuntimeException ex) {
				RequestObserver dropped = this.observers.remove(i);
				logger.warn("Observer {} failed and hears nothing more of its request", dropped, ex);
			}
		}
	}

}
