package io.llmserving.serving;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;

import io.llmserving.api.EngineFailedException;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.NotReadyException;
import io.llmserving.api.OverloadedException;
import io.llmserving.api.ShuttingDownException;

/**
 * Lets another model answer where one cannot: it is not loaded, its queue is full, it
 * failed. Once a subscriber had an event, nobody else takes over. Safe for use by many
 * threads.
 */
final class Fallbacks {

	private static final Logger logger = LoggerFactory.getLogger(Fallbacks.class);

	private final ModelTable table;

	Fallbacks(ModelTable table) {
		this.table = table;
	}

	Flux<GenerationEvent> generate(ManagedModel model, GenerationRequest request) {
		return generate(model, request, new LinkedHashSet<>());
	}

	private Flux<GenerationEvent> generate(ManagedModel model, GenerationRequest request, Set<String> tried) {
		tried.add(model.settings().id());
		ManagedModel next = next(model, tried);
		if (next == null) {
			return model.engine().generate(request);
		}
		if (!model.serves() && next.serves()) {
			logger.debug("Model '{}' is {}: '{}' answers", model.settings().id(), model.engine().state(),
					next.settings().id());
			return generate(next, request, tried);
		}
		AtomicBoolean begun = new AtomicBoolean();
		return model.engine()
			.generate(request)
			.doOnNext((event) -> begun.setPlain(true))
			.onErrorResume((error) -> !begun.get() && othersMayDoBetter(error), (error) -> {
				logger.debug("Model '{}' did not answer: '{}' does. {}", model.settings().id(), next.settings().id(),
						error.getMessage());
				return generate(next, request, tried);
			});
	}

	/** Returns the model that stands in for another, null if there is none. */
	@Nullable ManagedModel next(ManagedModel model, Set<String> tried) {
		String fallback = model.settings().fallback();
		return (fallback == null || tried.contains(fallback)) ? null : this.table.find(fallback);
	}

	private static boolean othersMayDoBetter(Throwable error) {
		return error instanceof NotReadyException || error instanceof OverloadedException
				|| error instanceof EngineFailedException || error instanceof ShuttingDownException;
	}

}
