package io.llmserving.serving;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

import io.llmserving.api.InvalidRequestException;

/**
 * A name under which requests reach models: an alias of one, or several by their shares
 * of the traffic. Any text is a legal name.
 *
 * @param name what requests call it
 * @param weights ids of models and their shares, in order; a share of 0 gets nothing
 */
public record Route(String name, Map<String, Integer> weights) {

	/**
	 * Creates a route.
	 * @throws InvalidRequestException if the name is blank or nothing has a share
	 */
	public Route {
		weights = Collections.unmodifiableMap(new LinkedHashMap<>(weights));
		if (name.isBlank()) {
			throw new InvalidRequestException("A route needs a name", "name", null);
		}
		if (weights.values().stream().anyMatch((weight) -> weight < 0)) {
			throw new InvalidRequestException("The route '%s' has a weight below 0: %s".formatted(name, weights), "to",
					null);
		}
		if (weights.values().stream().noneMatch((weight) -> weight > 0)) {
			throw new InvalidRequestException(
					"The route '%s' leads nowhere: give at least one model a weight above 0".formatted(name), "to",
					null);
		}
	}

	/**
	 * Returns the id of the model that a request goes to.
	 */
	public String choose(RandomGenerator random) {
		long total = this.weights.values().stream().mapToLong(Integer::longValue).sum();
		long drawn = random.nextLong(total);
		for (Map.Entry<String, Integer> entry : this.weights.entrySet()) {
			drawn -= entry.getValue();
			if (drawn < 0) {
				return entry.getKey();
			}
		}
		throw new IllegalStateException("A weight of the route %s changed".formatted(this.name));
	}

}
