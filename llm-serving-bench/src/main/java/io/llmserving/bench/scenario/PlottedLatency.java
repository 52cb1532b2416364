package io.llmserving.bench.scenario;

import io.llmserving.bench.load.LoadSummary;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which latency a plot shows.
 */
enum PlottedLatency {

	TTFT_P50("time to first token, p50", "timeToFirstToken", "p50"),

	TTFT_P99("time to first token, p99", "timeToFirstToken", "p99"),

	TPOT_P50("time per output token, p50", "timePerOutputToken", "p50"),

	TPOT_P99("time per output token, p99", "timePerOutputToken", "p99"),

	E2E_P50("end to end, p50", "endToEnd", "p50"),

	E2E_P99("end to end, p99", "endToEnd", "p99");

	private final String text;

	private final String distribution;

	private final String quantile;

	PlottedLatency(String text, String distribution, String quantile) {
		this.text = text;
		this.distribution = distribution;
		this.quantile = quantile;
	}

	String text() {
		return this.text;
	}

	/**
	 * Reads it from a summary's JSON.
	 */
	double of(JsonNode summary) {
		return summary.path(this.distribution).path(this.quantile).asDouble(Double.NaN);
	}

	double of(LoadSummary summary) {
		return of(JsonMapper.shared().<JsonNode>valueToTree(summary));
	}

}
