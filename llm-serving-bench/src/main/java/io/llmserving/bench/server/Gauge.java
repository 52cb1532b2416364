package io.llmserving.bench.server;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Optional;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A number that a server tells about itself: the address of one metric of Spring Boot's
 * Actuator, or of a Prometheus page with the metric's name as the fragment, as in
 * {@code http://127.0.0.1:8000/metrics#vllm:num_requests_running}.
 */
public record Gauge(URI address) {

	/**
	 * Reads it.
	 * @throws IOException if the server does not tell
	 */
	public double read() throws IOException, InterruptedException {
		String metric = this.address.getFragment();
		try (HttpClient client = HttpClient.newHttpClient()) {
			HttpResponse<String> answer = client.send(HttpRequest.newBuilder(this.address).build(),
					HttpResponse.BodyHandlers.ofString());
			if (answer.statusCode() != 200) {
				throw new IOException("%s answered %d".formatted(this.address, answer.statusCode()));
			}
			return (metric != null) ? prometheus(answer.body(), metric) : actuator(answer.body());
		}
	}

	private double prometheus(String page, String metric) throws IOException {
		Optional<String> line = page.lines()
			.filter((text) -> text.startsWith(metric + " ") || text.startsWith(metric + "{"))
			.findFirst();
		return Double.parseDouble(line.map((text) -> text.substring(text.lastIndexOf(' ') + 1))
			.orElseThrow(() -> new IOException("%s has no metric '%s'".formatted(this.address, metric))));
	}

	private double actuator(String body) throws IOException {
		try {
			JsonNode value = JsonMapper.shared().readTree(body).path("measurements").path(0).path("value");
			if (value.isNumber()) {
				return value.asDouble();
			}
		}
		catch (JacksonException ex) {
			// Told below.
		}
		throw new IOException(
				"%s is no metric of Actuator; of a Prometheus page name the metric after #".formatted(this.address));
	}

}
