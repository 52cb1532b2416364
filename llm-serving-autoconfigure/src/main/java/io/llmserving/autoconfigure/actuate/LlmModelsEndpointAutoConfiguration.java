package io.llmserving.autoconfigure.actuate;

import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

import io.llmserving.api.LlmServing;
import io.llmserving.autoconfigure.LlmServingAutoConfiguration;
import io.llmserving.autoconfigure.LlmServingProperties;

/**
 * The {@code llmmodels} endpoint, where it is exposed.
 */
@AutoConfiguration(after = LlmServingAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnBean(LlmServing.class)
@ConditionalOnAvailableEndpoint(LlmModelsEndpoint.class)
public final class LlmModelsEndpointAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	LlmModelsEndpoint llmModelsEndpoint(LlmServing serving, LlmServingProperties properties) {
		return new LlmModelsEndpoint(serving, properties.shutdown().drainTimeout());
	}

}
