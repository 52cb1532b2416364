package io.llmserving.autoconfigure.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

import io.llmserving.api.LlmServing;
import io.llmserving.autoconfigure.LlmServingAutoConfiguration;

/**
 * Meters of the engines, where there is a meter registry.
 */
@AutoConfiguration(after = LlmServingAutoConfiguration.class,
		afterName = { "org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration",
				"org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration" })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean({ LlmServing.class, MeterRegistry.class })
public final class LlmMetricsAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	LlmMeters llmMeters(LlmServing serving) {
		return new LlmMeters(serving);
	}

	@Bean
	@ConditionalOnMissingBean
	MicrometerEngineObserver llmMicrometerEngineObserver(MeterRegistry registry) {
		return new MicrometerEngineObserver(registry);
	}

}
