package io.llmserving.autoconfigure.health;

import java.time.Duration;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.core.type.AnnotatedTypeMetadata;

import io.llmserving.api.LlmServing;
import io.llmserving.autoconfigure.LlmServingAutoConfiguration;
import io.llmserving.autoconfigure.LlmServingProperties;

/**
 * Probes of models, where an interval is set for them.
 */
@AutoConfiguration(after = LlmServingAutoConfiguration.class)
@ConditionalOnClass(HealthIndicator.class)
@ConditionalOnBean(LlmServing.class)
@Conditional(ModelProbeAutoConfiguration.OnInterval.class)
public final class ModelProbeAutoConfiguration {

	@Bean
	ModelProbe llmModelProbe(LlmServing serving, LlmServingProperties properties) {
		return new ModelProbe(serving, properties.health().probeInterval());
	}

	static final class OnInterval extends SpringBootCondition {

		private static final String KEY = "llm.serving.health.probe-interval";

		@Override
		public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
			Duration interval = context.getEnvironment().getProperty(KEY, Duration.class, Duration.ZERO);
			return new ConditionOutcome(interval.isPositive(),
					ConditionMessage.forCondition(KEY).because(interval.toString()));
		}

	}

}
