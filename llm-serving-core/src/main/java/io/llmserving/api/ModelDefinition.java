package io.llmserving.api;

import java.util.Map;

/**
 * A model to load at run time.
 *
 * @param id the model's id, of the letters a to z and digits
 * @param source where the model comes from, as in the property {@code source}
 * @param properties further properties of the model, by their names under
 * {@code llm.serving.models.<id>}
 */
public record ModelDefinition(String id, String source, Map<String, String> properties) {

	public ModelDefinition {
		properties = Map.copyOf(properties);
	}

}
