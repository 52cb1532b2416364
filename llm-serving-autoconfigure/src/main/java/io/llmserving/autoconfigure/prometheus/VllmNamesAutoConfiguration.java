package io.llmserving.autoconfigure.prometheus;

import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

import io.llmserving.api.LlmServing;
import io.llmserving.autoconfigure.LlmServingAutoConfiguration;

/**
 * Metrics under vLLM's names, where there is a Prometheus registry.
 */
@AutoConfiguration(after = LlmServingAutoConfiguration.class,
		afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusMetricsExportAutoConfiguration")
@ConditionalOnClass({ PrometheusRegistry.class, Histogram.class })
@ConditionalOnBean({ LlmServing.class, PrometheusRegistry.class })
@ConditionalOnBooleanProperty(name = "llm.serving.observability.vllm-names", matchIfMissing = true)
public final class VllmNamesAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	VllmObserver llmVllmObserver(PrometheusRegistry registry) {
		return new VllmObserver(registry);
	}

	@Bean
	@ConditionalOnMissingBean
	VllmCollector llmVllmCollector(PrometheusRegistry registry, LlmServing serving) {
		return new VllmCollector(registry, serving);
	}

}
