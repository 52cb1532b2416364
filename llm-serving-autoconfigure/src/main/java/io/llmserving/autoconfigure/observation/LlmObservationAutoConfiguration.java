package io.llmserving.autoconfigure.observation;

import io.micrometer.observation.ObservationRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

import io.llmserving.api.LlmServing;
import io.llmserving.autoconfigure.LlmServingAutoConfiguration;

/**
 * Observations of generations, where there is an observation registry.
 */
@AutoConfiguration(after = LlmServingAutoConfiguration.class,
		afterName = "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration")
@ConditionalOnClass(ObservationRegistry.class)
@ConditionalOnBean({ LlmServing.class, ObservationRegistry.class })
@EnableConfigurationProperties(ObservabilityProperties.class)
public final class LlmObservationAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	ObservationEngineObserver llmObservationEngineObserver(ObservationRegistry registry,
			ObjectProvider<GenerationObservationConvention> convention, ObservabilityProperties properties) {
		return new ObservationEngineObserver(registry, convention.getIfAvailable(), properties.includeContent());
	}

}
