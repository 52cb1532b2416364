package io.llmserving.autoconfigure.availability;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;

import io.llmserving.api.LlmServing;
import io.llmserving.autoconfigure.LlmServingAutoConfiguration;
import io.llmserving.autoconfigure.LlmServingProperties;

/**
 * Liveness of the engines' step loops.
 */
@AutoConfiguration(after = LlmServingAutoConfiguration.class)
@ConditionalOnBean(LlmServing.class)
public final class LlmAvailabilityAutoConfiguration {

	@Bean
	StuckStepWatch llmStuckStepWatch(LlmServing serving, LlmServingProperties properties, ApplicationContext context) {
		return new StuckStepWatch(serving, properties.health().stuckAfter(), context);
	}

}
