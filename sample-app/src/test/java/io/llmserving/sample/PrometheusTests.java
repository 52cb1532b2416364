package io.llmserving.sample;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The metrics as a Prometheus server reads them, without any configuration.
 */
class PrometheusTests {

	private final HttpClient client = HttpClient.newHttpClient();

	@Test
	void theSamplesMetricsAreScraped() throws Exception {
		try (RunningSample sample = RunningSample.start(List.of())) {
			sample.engine().text("Hi").blockLast(Duration.ofSeconds(60));
			// A request is counted a moment after its last event.
			Awaitility.await()
				.atMost(Duration.ofSeconds(30))
				.until(() -> scrape(sample).matches("(?s).*llm_request_duration_seconds_count\\{[^}]*\\} 1\\b.*"));
			assertThat(scrape(sample)).contains("llm_", "vllm:request_success_total");
		}
	}

	@Test
	void vllmsNamesGoByAProperty() throws Exception {
		try (RunningSample sample = RunningSample.start(List.of(), "--llm.serving.observability.vllm-names=false")) {
			assertThat(scrape(sample)).contains("llm_").doesNotContain("vllm:");
		}
	}

	private String scrape(RunningSample sample) throws Exception {
		HttpRequest request = HttpRequest.newBuilder(URI.create(sample.root() + "/actuator/prometheus")).build();
		HttpResponse<String> response = this.client.send(request, HttpResponse.BodyHandlers.ofString());
		assertThat(response.statusCode()).isEqualTo(200);
		return response.body();
	}

}
