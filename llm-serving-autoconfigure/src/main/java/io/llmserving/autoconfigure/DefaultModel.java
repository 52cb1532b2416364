package io.llmserving.autoconfigure;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Which model answers requests that name none.
 */
final class DefaultModel {

	static final String PROPERTY = "llm.serving.default-model";

	private DefaultModel() {
	}

	/**
	 * Returns the default model's id, null if there are no models.
	 * @param models ids of the configured models
	 * @param name what the property says, null if it is not set
	 * @throws InvalidModelPropertyException if there are several models and none is
	 * named, or one that there is not
	 */
	static @Nullable String of(List<String> models, @Nullable String name) {
		if (name == null && models.size() > 1) {
			throw new InvalidModelPropertyException(PROPERTY, "",
					"There are %d models: name the default one, for example '%s'.".formatted(models.size(),
							models.get(0)));
		}
		if (name != null && !models.contains(name)) {
			throw new InvalidModelPropertyException(PROPERTY, name,
					"There is no such model; configured are %s.".formatted(models));
		}
		return (name != null) ? name : models.isEmpty() ? null : models.get(0);
	}

}
