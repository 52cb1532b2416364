package io.llmserving.autoconfigure.diagnostics;

import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.annotation.Order;

import io.llmserving.autoconfigure.LlmServingProperties;

/**
 * Explains keys under {@code llm.serving.models} and {@code llm.serving.defaults} that
 * there are not: shows where they are written and the nearest key that there is.
 */
@Order(0)
final class UnknownModelPropertyFailureAnalyzer
		extends AbstractFailureAnalyzer<UnboundConfigurationPropertiesException> {

	private static final String MODELS = "llm.serving.models.";

	private static final String DEFAULTS = "llm.serving.defaults.";

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, UnboundConfigurationPropertiesException cause) {
		Set<ConfigurationProperty> unbound = cause.getUnboundProperties();
		if (unbound.isEmpty() || !unbound.stream().allMatch((property) -> isOurs(property.getName().toString()))) {
			return null;
		}
		StringBuilder description = new StringBuilder("There is no such property:");
		StringBuilder action = new StringBuilder("Rename or remove it:");
		for (ConfigurationProperty property : unbound) {
			String name = property.getName().toString();
			String origin = (property.getOrigin() != null) ? " (%s)".formatted(property.getOrigin()) : "";
			description.append("%n    %s = %s%s".formatted(name, property.getValue(), origin));
			action.append("%n    %s: did you mean %s?".formatted(name, nearest(name)));
		}
		action.append("%nA model's id consists of the letters a to z and digits only; a dot ends it.".formatted());
		return new FailureAnalysis(description.toString(), action.toString(), cause);
	}

	private static boolean isOurs(String name) {
		return name.startsWith(MODELS) || name.startsWith(DEFAULTS);
	}

	private static String nearest(String name) {
		int start = DEFAULTS.length();
		if (name.startsWith(MODELS)) {
			start = name.indexOf('.', MODELS.length()) + 1;
		}
		List<String> keys = PropertyKeys.of(LlmServingProperties.Model.class);
		return name.substring(0, start) + PropertyKeys.nearest(name.substring(start), keys);
	}

}
