package io.llmserving.test;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The metrics under vLLM's names are an offer.
 */
class VllmNamesTests {

	@Test
	void vllmsMetricsCanBeSwitchedOff() throws Exception {
		try (ObservedApplication without = new ObservedApplication("llm.serving.observability.vllm-names=false")) {
			assertThat(without.get("/actuator/prometheus")).contains("llm_requests_running").doesNotContain("vllm:");
		}
	}

}
