package io.llmserving.autoconfigure.observation;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What is told to the outside of requests and engines.
 *
 * @param includeContent Whether spans carry the texts of prompts; they may be personal.
 * @param vllmNames Whether the Prometheus endpoint also has the metrics of vLLM, under
 * vLLM's names.
 */
@ConfigurationProperties("llm.serving.observability")
public record ObservabilityProperties(@DefaultValue("false") boolean includeContent,
		@DefaultValue("true") boolean vllmNames) {
}
