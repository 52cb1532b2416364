package io.llmserving.autoconfigure.health;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

import io.llmserving.api.LlmServing;
import io.llmserving.autoconfigure.LlmServingAutoConfiguration;
import io.llmserving.autoconfigure.LlmServingProperties;

/**
 * Health of the models, as part of the readiness group.
 */
@AutoConfiguration(after = LlmServingAutoConfiguration.class,
		afterName = "org.springframework.boot.health.autoconfigure.actuate.endpoint.AvailabilityProbesAutoConfiguration",
		beforeName = "org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration")
@ConditionalOnClass({ HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class })
@ConditionalOnBean(LlmServing.class)
@ConditionalOnEnabledHealthIndicator("llm")
public final class LlmHealthContributorAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(name = { "llmHealthIndicator", "llmHealthContributor" })
	LlmHealthContributor llmHealthContributor(LlmServing serving, LlmServingProperties properties,
			ObjectProvider<ModelProbe> probe) {
		return new LlmHealthContributor(serving, properties.health().stuckAfter(), probe.getIfAvailable());
	}

	/**
	 * Groups are the actuator's; contributors do without it.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(SecurityContext.class)
	static class ReadinessConfiguration {

		@Bean
		static LlmReadinessGroup llmReadinessGroup(Environment environment) {
			return LlmReadinessGroup.of(environment);
		}

	}

}
