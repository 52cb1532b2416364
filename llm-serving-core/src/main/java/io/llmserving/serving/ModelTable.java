package io.llmserving.serving;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.InvalidRequestException;
import io.llmserving.api.ModelNotFoundException;

/**
 * All models by their ids, and the routes to them. Safe for use by many threads.
 */
final class ModelTable {

	private final Map<String, ManagedModel> models = new LinkedHashMap<>();

	private final Map<String, Route> routes = new LinkedHashMap<>();

	private final RandomGenerator random;

	ModelTable(RandomGenerator random) {
		this.random = random;
	}

	/** Adds a model, or puts another one in its place. */
	synchronized void put(ManagedModel model) {
		this.models.put(model.settings().id(), model);
	}

	synchronized List<ManagedModel> models() {
		return List.copyOf(this.models.values());
	}

	synchronized boolean isEmpty() {
		return this.models.isEmpty();
	}

	/** Returns the model of an id, null if there is none. */
	synchronized @Nullable ManagedModel find(String id) {
		return this.models.get(id);
	}

	/**
	 * Returns the model of an id.
	 * @throws ModelNotFoundException if there is none
	 */
	synchronized ManagedModel get(String id) {
		ManagedModel model = this.models.get(id);
		if (model == null) {
			throw new ModelNotFoundException(
					"The model '%s' does not exist; there are %s".formatted(id, new ArrayList<>(this.models.keySet())));
		}
		return model;
	}

	/**
	 * Returns the model that a request for a name goes to.
	 * @throws ModelNotFoundException if neither a model nor a route has that name
	 */
	synchronized ManagedModel resolve(String name) {
		Route route = this.routes.get(name);
		if (route != null) {
			return get(route.choose(this.random));
		}
		ManagedModel model = this.models.get(name);
		if (model == null) {
			throw new ModelNotFoundException("The model '%s' does not exist; there are %s".formatted(name, names()));
		}
		return model;
	}

	/** Returns all names that requests may use. */
	synchronized List<String> names() {
		List<String> names = new ArrayList<>(this.models.keySet());
		names.addAll(this.routes.keySet());
		return names;
	}

	synchronized List<Route> routes() {
		return List.copyOf(this.routes.values());
	}

	/**
	 * Adds a route, or changes it.
	 * @throws ModelNotFoundException if a model that it leads to does not exist
	 * @throws InvalidRequestException if its name is a model's id
	 */
	synchronized void route(Route route) {
		if (this.models.containsKey(route.name())) {
			throw new InvalidRequestException(
					"The route '%s' has the id of a model: choose another name".formatted(route.name()), "name", null);
		}
		for (String id : new TreeSet<>(route.weights().keySet())) {
			get(id);
		}
		this.routes.put(route.name(), route);
	}

	/**
	 * Removes a route.
	 * @throws ModelNotFoundException if there is none of that name
	 */
	synchronized void removeRoute(String name) {
		if (this.routes.remove(name) == null) {
			throw new ModelNotFoundException("The route '%s' does not exist; there are %s".formatted(name,
					new ArrayList<>(this.routes.keySet())));
		}
	}

}
