package io.llmserving.autoconfigure.actuate;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;

import io.llmserving.api.EngineState;
import io.llmserving.api.InvalidRequestException;
import io.llmserving.api.LlmServing;
import io.llmserving.api.ModelDefinition;
import io.llmserving.api.ModelNotFoundException;
import io.llmserving.serving.Route;
import io.llmserving.serving.ModelConflictException;
import io.llmserving.serving.ModelStartupException;
import io.llmserving.serving.ServingControl;

/**
 * What the endpoint does with models and routes, and how it says what is wrong.
 */
final class ModelActions {

	private static final Logger logger = LoggerFactory.getLogger(ModelActions.class);

	private static final int OK = 200;

	private static final int ACCEPTED = 202;

	private final LlmServing serving;

	private final Duration drain;

	ModelActions(LlmServing serving, Duration drain) {
		this.serving = serving;
		this.drain = drain;
	}

	/**
	 * Why an operation did nothing.
	 *
	 * @param error what is wrong, and what is possible instead
	 */
	record Problem(String error) {
	}

	/** Runs an operation; mistakes of the user become its answer. */
	WebEndpointResponse<Object> answer(Supplier<WebEndpointResponse<Object>> operation) {
		try {
			return operation.get();
		}
		catch (ModelNotFoundException ex) {
			return problem(ex.getMessage(), WebEndpointResponse.STATUS_NOT_FOUND);
		}
		catch (InvalidRequestException ex) {
			return problem(ex.getMessage(), WebEndpointResponse.STATUS_BAD_REQUEST);
		}
		catch (ModelStartupException ex) {
			return problem(
					"The model '%s' cannot be loaded: %s. %s".formatted(ex.model(), ex.getMessage(), ex.remedy()),
					WebEndpointResponse.STATUS_BAD_REQUEST);
		}
		catch (ModelConflictException | UnsupportedOperationException ex) {
			return problem(ex.getMessage(), 409);
		}
	}

	private static WebEndpointResponse<Object> problem(@Nullable String message, int status) {
		return new WebEndpointResponse<>(new Problem(String.valueOf(message)), status);
	}

	/** Returns the status of the answer. */
	int change(String id, String action, @Nullable String source, @Nullable String properties,
			@Nullable Duration patience) {
		switch (action) {
			case "load" -> load(id, source, properties);
			case "unload" -> {
				loaded(id, "There is nothing to unload");
				begin(action, id, this.serving.unload(id, (patience != null) ? patience : this.drain));
			}
			case "reload" -> {
				loaded(id, "Load it");
				begin(action, id, this.serving.reload(id));
			}
			case "pin", "unpin" -> {
				control().pin(id, action.equals("pin"));
				return OK;
			}
			default -> throw new ModelNotFoundException(
					"There is no action '%s'; there are load, unload, reload, pin and unpin".formatted(action));
		}
		return ACCEPTED;
	}

	private void load(String id, @Nullable String source, @Nullable String properties) {
		if (source != null) {
			begin("load", id, this.serving.load(new ModelDefinition(id, source, pairs(properties, ";", "properties"))));
			return;
		}
		if (properties != null) {
			throw new InvalidRequestException("Properties are those of a new model: give its source too", "source",
					null);
		}
		if (known(id) == EngineState.READY) {
			throw new ModelConflictException("The model '%s' is loaded already: reload it instead".formatted(id));
		}
		begin("load", id, control().load(id));
	}

	private void loaded(String id, String instead) {
		if (known(id) == EngineState.UNLOADED) {
			throw new ModelConflictException("The model '%s' is not loaded. %s.".formatted(id, instead));
		}
	}

	/**
	 * Returns a model's state.
	 * @throws ModelNotFoundException if there is none of that id
	 */
	private EngineState known(String id) {
		return this.serving.engines()
			.stream()
			.filter((engine) -> engine.id().equals(id))
			.findFirst()
			.orElseThrow(() -> new ModelNotFoundException(
					"The model '%s' does not exist; there are %s. To add one, give its source.".formatted(id,
							this.serving.engines().stream().map((engine) -> engine.id()).toList())))
			.state();
	}

	/** Begins what takes time; what is wrong at once is thrown, the rest is logged. */
	private static void begin(String action, String id, Mono<?> operation) {
		CompletableFuture<?> future = operation.toFuture();
		if (future.isCompletedExceptionally()) {
			try {
				future.join();
			}
			catch (CompletionException ex) {
				if (ex.getCause() instanceof RuntimeException cause) {
					throw cause;
				}
				throw ex;
			}
		}
		future.whenComplete((result, error) -> {
			if (error != null) {
				logger.warn("The {} of model '{}' failed: {}", action, id, error.getMessage());
			}
			else {
				logger.info("The {} of model '{}' is done", action, id);
			}
		});
	}

	void route(String name, String to) {
		Map<String, Integer> weights = new LinkedHashMap<>();
		if (to.contains("=")) {
			pairs(to, ",", "to").forEach((id, weight) -> weights.put(id, weight(id, weight)));
		}
		else {
			weights.put(to.strip(), 1);
		}
		control().route(new Route(name, weights));
	}

	private static int weight(String id, String weight) {
		try {
			return Integer.parseInt(weight);
		}
		catch (NumberFormatException ex) {
			throw new InvalidRequestException("The weight of '%s' is no whole number: '%s'".formatted(id, weight), "to",
					null);
		}
	}

	void removeRoute(String name) {
		control().removeRoute(name);
	}

	private static Map<String, String> pairs(@Nullable String text, String separator, String parameter) {
		Map<String, String> pairs = new LinkedHashMap<>();
		for (String pair : (text == null || text.isBlank()) ? new String[0] : text.split(separator, -1)) {
			int equals = pair.indexOf('=');
			if (equals <= 0) {
				throw new InvalidRequestException(
						"'%s' is no pair of the form key=value, of which several are separated by '%s'"
							.formatted(pair.strip(), separator),
						parameter, null);
			}
			pairs.put(pair.substring(0, equals).strip(), pair.substring(equals + 1).strip());
		}
		return pairs;
	}

	private ServingControl control() {
		if (this.serving instanceof ServingControl control) {
			return control;
		}
		throw new UnsupportedOperationException(
				"The façade %s does not let its models be changed".formatted(this.serving.getClass().getName()));
	}

}
