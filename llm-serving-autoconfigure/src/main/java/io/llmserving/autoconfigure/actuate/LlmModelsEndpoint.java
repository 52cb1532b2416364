package io.llmserving.autoconfigure.actuate;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;

import io.llmserving.api.EngineInfo;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.LlmServing;
import io.llmserving.autoconfigure.actuate.ModelsDescriptor.MemoryDescriptor;
import io.llmserving.autoconfigure.actuate.ModelsDescriptor.ModelDescriptor;
import io.llmserving.serving.ModelStatuses;
import io.llmserving.serving.ServingControl;
import io.llmserving.serving.ServingControl.ModelStatus;

/**
 * Shows the models: state, facts, counters and memory, read from what is in memory. Where
 * access to it is opened, it loads and unloads models and changes routes. No operation
 * waits for a model.
 */
@Endpoint(id = "llmmodels", defaultAccess = Access.READ_ONLY)
public final class LlmModelsEndpoint {

	private final LlmServing serving;

	private final ModelActions actions;

	/**
	 * Creates the endpoint.
	 * @param drain how long running requests of a model may go on that is unloaded,
	 * unless a request says otherwise
	 */
	public LlmModelsEndpoint(LlmServing serving, Duration drain) {
		this.serving = serving;
		this.actions = new ModelActions(serving, drain);
	}

	/**
	 * Returns all models in the order of their configuration.
	 */
	@ReadOperation
	public ModelsDescriptor models() {
		List<ModelDescriptor> models = ModelStatuses.of(this.serving).stream().map(this::describe).toList();
		if (!(this.serving instanceof ServingControl control)) {
			return new ModelsDescriptor(models, Map.of(), null);
		}
		Map<String, Map<String, Integer>> routes = new LinkedHashMap<>();
		control.routes().forEach((route) -> routes.put(route.name(), route.weights()));
		return new ModelsDescriptor(models, routes, control.memory());
	}

	/**
	 * Returns one model, null where there is none of that id.
	 */
	@ReadOperation
	public @Nullable ModelDescriptor model(@Selector String id) {
		return ModelStatuses.of(this.serving)
			.stream()
			.filter((status) -> status.id().equals(id))
			.findFirst()
			.map(this::describe)
			.orElse(null);
	}

	/**
	 * Does something with a model.
	 * @param action one of load, unload, reload, pin and unpin
	 * @param source for load: where a model comes from that is not configured
	 * @param properties for load: further properties of such a model, as
	 * {@code key=value} separated by semicolons
	 * @param drain for unload: how long running requests may go on
	 * @return the model with 202 where it takes time, else 200; what is wrong with 400,
	 * 404 or 409
	 */
	@WriteOperation
	public WebEndpointResponse<Object> change(@Selector String id, @Selector String action, @Nullable String source,
			@Nullable String properties, @Nullable Duration drain) {
		return this.actions.answer(() -> {
			int status = this.actions.change(id, action, source, properties, drain);
			return new WebEndpointResponse<>(model(id), status);
		});
	}

	/**
	 * Adds a route or changes it, for the next request on.
	 * @param route name that requests use
	 * @param to id of a model, or ids with their shares: {@code chat=90,small=10}
	 * @return all routes; what is wrong with 400 or 404
	 */
	@WriteOperation
	public WebEndpointResponse<Object> route(String route, String to) {
		return this.actions.answer(() -> {
			this.actions.route(route, to);
			return new WebEndpointResponse<>(models().routes());
		});
	}

	/**
	 * Removes a route.
	 * @return all other routes; 404 if there is none of that name
	 */
	@DeleteOperation
	public WebEndpointResponse<Object> removeRoute(String route) {
		return this.actions.answer(() -> {
			this.actions.removeRoute(route);
			return new WebEndpointResponse<>(models().routes());
		});
	}

	private ModelDescriptor describe(ModelStatus status) {
		LlmEngine engine = this.serving.engine(status.id());
		EngineInfo facts = ModelStatuses.facts(engine);
		MemoryDescriptor memory = (facts == null) ? null : new MemoryDescriptor(facts.weightBytes(), facts.cacheBytes(),
				facts.weightBytes() + facts.cacheBytes());
		return new ModelDescriptor(status.id(), status.state(), status.reason(), status.progress(), status.source(),
				status.load(), status.required(), status.pinned(), status.fallback(), facts, engine.statistics(),
				memory);
	}

}
