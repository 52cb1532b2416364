package io.llmserving.autoconfigure;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.InvalidRequestException;
import io.llmserving.serving.Route;
import io.llmserving.serving.ModelSettings;

/**
 * Checks what leads from one name to models: routes and fallbacks.
 */
final class RouteMapper {

	private final Map<String, ModelSettings> models = new LinkedHashMap<>();

	RouteMapper(List<ModelSettings> models) {
		models.forEach((model) -> this.models.put(model.id(), model));
	}

	/**
	 * Maps all routes.
	 * @throws InvalidModelPropertyException naming the property that is wrong
	 */
	List<Route> map(List<RouteProperties> routes) {
		this.models.values().forEach(this::checkFallback);
		List<Route> mapped = new ArrayList<>();
		Set<String> names = new HashSet<>();
		for (int i = 0; i < routes.size(); i++) {
			String key = "llm.serving.routes[%d]".formatted(i);
			Route route = map(routes.get(i), key);
			if (!names.add(route.name())) {
				throw new InvalidModelPropertyException(key + ".name", route.name(),
						"Another route has this name: put all its models under one 'to'.");
			}
			mapped.add(route);
		}
		return mapped;
	}

	private Route map(RouteProperties route, String key) {
		String name = (route.name() != null) ? route.name() : "";
		if (this.models.containsKey(name)) {
			throw new InvalidModelPropertyException(key + ".name", name,
					"A model has this id already: a route needs a name of its own.");
		}
		for (String id : route.to().keySet()) {
			if (!this.models.containsKey(id)) {
				throw new InvalidModelPropertyException(key + ".to", id, noSuchModel());
			}
		}
		try {
			return new Route(name, route.to());
		}
		catch (InvalidRequestException ex) {
			throw new InvalidModelPropertyException(key + "." + ex.parameter(), name, ex.getMessage() + ".");
		}
	}

	private void checkFallback(ModelSettings model) {
		Set<String> chain = new LinkedHashSet<>();
		for (ModelSettings at = model; at != null; at = next(at)) {
			if (!chain.add(at.id())) {
				throw new InvalidModelPropertyException(SettingsMapper.PREFIX + model.id() + ".fallback",
						String.valueOf(model.fallback()), "Fallbacks lead in a circle: %s.".formatted(chain));
			}
		}
	}

	private @Nullable ModelSettings next(ModelSettings model) {
		String fallback = model.fallback();
		if (fallback == null) {
			return null;
		}
		ModelSettings next = this.models.get(fallback);
		if (next == null) {
			throw new InvalidModelPropertyException(SettingsMapper.PREFIX + model.id() + ".fallback", fallback,
					noSuchModel());
		}
		return next;
	}

	private String noSuchModel() {
		return "There is no such model; configured are %s.".formatted(this.models.keySet());
	}

}
