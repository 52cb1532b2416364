package io.llmserving.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.llmserving.api.LlmEngine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What a Prometheus server reads of a running application, and the pages, dashboards and
 * alerts that name it.
 */
class ScrapeTests {

	private static final Path PAGE = Path.of("../docs/metrics.md");

	private static ObservedApplication application;

	private static String scraped;

	@BeforeAll
	static void scrape() throws Exception {
		application = new ObservedApplication();
		for (int i = 0; i < 3; i++) {
			// Without chance, so that all three end for the same reason.
			assertThat(
					application.chat("Tell me something about the sky and the sea", ",\"temperature\":0").statusCode())
				.isEqualTo(200);
		}
		LlmEngine engine = application.context.getBean(LlmEngine.class);
		await().atMost(ObservedApplication.PATIENCE).until(() -> engine.statistics().running() == 0);
		// A client has its answer a moment before the answer is counted; this is what is
		// counted last.
		await().atMost(ObservedApplication.PATIENCE).untilAsserted(() -> {
			scraped = application.get("/actuator/prometheus");
			assertThat(scraped).contains("llm_generation_seconds_count")
				.contains("vllm:request_params_max_tokens_count{engine=\"0\",model_name=\"tiny\"} 3");
		});
	}

	@AfterAll
	static void stop() {
		application.close();
	}

	/**
	 * Names and types as vLLM 0.23 scrapes them; without {@code _created}, which the
	 * Python client adds.
	 */
	@Test
	void vllmsMetricsAreThereUnderItsNamesAndTypes() {
		Map<String, String> types = new TreeMap<>();
		Matcher matcher = Pattern.compile("(?m)^# TYPE (vllm:\\S+) (\\S+)$").matcher(scraped);
		while (matcher.find()) {
			types.put(matcher.group(1), matcher.group(2));
		}
		Map<String, String> expected = new TreeMap<>();
		for (String name : List.of("num_requests_running", "num_requests_waiting", "kv_cache_usage_perc",
				"cache_config_info")) {
			expected.put("vllm:" + name, "gauge");
		}
		for (String name : List.of("prompt_tokens_total", "prompt_tokens_cached_total", "generation_tokens_total",
				"num_preemptions_total", "request_success_total", "prefix_cache_queries_total",
				"prefix_cache_hits_total")) {
			expected.put("vllm:" + name, "counter");
		}
		for (String name : List.of("time_to_first_token_seconds", "inter_token_latency_seconds",
				"request_time_per_output_token_seconds", "e2e_request_latency_seconds", "request_queue_time_seconds",
				"request_inference_time_seconds", "request_prefill_time_seconds", "request_decode_time_seconds",
				"iteration_tokens_total", "request_prompt_tokens", "request_generation_tokens", "request_params_n",
				"request_params_max_tokens", "request_prefill_kv_computed_tokens")) {
			expected.put("vllm:" + name, "histogram");
		}
		assertThat(types).isEqualTo(expected);
	}

	@Test
	void vllmsMetricsHaveItsLabelsBucketsAndOurNumbers() {
		String labels = "{engine=\"0\",model_name=\"tiny\"";
		assertThat(scraped).contains("vllm:num_requests_running" + labels + "} 0.0")
			.contains("vllm:e2e_request_latency_seconds_count" + labels + "} 3")
			.contains("vllm:time_to_first_token_seconds_bucket" + labels + ",le=\"0.001\"}")
			.contains("vllm:time_to_first_token_seconds_bucket" + labels + ",le=\"2560.0\"} 3")
			.contains("vllm:iteration_tokens_total_bucket" + labels + ",le=\"16384.0\"}")
			.contains("vllm:request_params_n_bucket" + labels + ",le=\"1.0\"} 3")
			.containsPattern(
					"vllm:request_success_total\\{engine=\"0\",finished_reason=\"(stop|length)\",model_name=\"tiny\"} 3.0")
			.containsPattern(
					"vllm:cache_config_info\\{block_size=\"16\",cache_dtype=\"bf16\",engine=\"0\",model_name=\"tiny\",num_gpu_blocks=\"\\d+\"} 1.0");
		LlmEngine engine = application.context.getBean(LlmEngine.class);
		assertThat(engine.statistics().prefixHitTokens()).isPositive();
		assertThat(scraped)
			.contains("vllm:generation_tokens_total" + labels + "} " + (double) engine.statistics().generatedTokens())
			.contains("vllm:prefix_cache_hits_total" + labels + "} " + (double) engine.statistics().prefixHitTokens());
	}

	@ParameterizedTest
	@ValueSource(strings = { "../deploy/grafana/llm-serving.json", "../deploy/prometheus/alerts.yml" })
	void everyMetricOfDashboardsAndAlertsIsScraped(String file) throws IOException {
		Set<String> named = new TreeSet<>();
		Matcher matcher = Pattern.compile("\\b(llm_[a-z_]+|vllm:[a-z_]+)\\b").matcher(Files.readString(Path.of(file)));
		while (matcher.find()) {
			named.add(matcher.group(1));
		}
		Set<String> there = scraped.lines()
			.filter((line) -> !line.startsWith("#"))
			.map((line) -> line.replaceAll("[{ ].*", ""))
			.collect(Collectors.toSet());
		assertThat(named).hasSizeGreaterThan(4).isSubsetOf(there);
	}

	@Test
	void thePageOfMetricsIsUpToDate() throws IOException {
		String page = page();
		if (Boolean.getBoolean("docs.write")) {
			Files.writeString(PAGE, page);
		}
		assertThat(Files.readString(PAGE))
			.as("docs/metrics.md is stale; write it anew with: mvn -pl llm-serving-test -am test "
					+ "-Dtest=ScrapeTests -Dsurefire.failIfNoSpecifiedTests=false -Ddocs.write=true")
			.isEqualTo(page);
	}

	private static String page() {
		StringBuilder page = new StringBuilder(
				"""
						# Metrics

						Generated from the metrics of a running application; do not edit. All meters of engines have the tag `model`; timers and
						summaries have buckets. On a Prometheus endpoint dots are underscores, counters end in `_total`, units are appended:
						`llm.time.to.first.token` is `llm_time_to_first_token_seconds_bucket`, `_count` and `_sum`.

						| meter | type | unit | tags beside `model` | what |
						|---|---|---|---|---|
						""");
		Map<String, List<Meter>> meters = new TreeMap<>();
		for (Meter meter : application.context.getBean(MeterRegistry.class).getMeters()) {
			if (meter.getId().getName().startsWith("llm.") && !meter.getId().getName().startsWith("llm.generation")) {
				meters.computeIfAbsent(meter.getId().getName(), (name) -> new ArrayList<>()).add(meter);
			}
		}
		meters.forEach((name, all) -> page.append(row(name, all)));
		page.append(
				"""

						Observations become timers too, where there is a meter registry: `llm.generation` and its phases `llm.generation.queue`,
						`llm.generation.prefill` and `llm.generation.decode`, with the tags `gen_ai.operation.name` and `gen_ai.request.model`, and
						`llm.generation.active` for those that run.

						## vLLM's names

						With the library `micrometer-registry-prometheus` the Prometheus endpoint also has the metrics of vLLM that have a meaning
						here, with its names, types and buckets and the labels `model_name` and `engine` (always 0), so that its dashboards and
						scaling rules work. `llm.serving.observability.vllm-names: false` leaves them out.

						| metric | type | what |
						|---|---|---|
						""");
		Map<String, String> vllm = new TreeMap<>();
		Matcher matcher = Pattern.compile("(?m)^# HELP (vllm:\\S+) (.+)\n# TYPE \\S+ (\\S+)$").matcher(scraped);
		while (matcher.find()) {
			vllm.put(matcher.group(1),
					"| `%s` | %s | %s |%n".formatted(matcher.group(1), matcher.group(3), lowerFirst(matcher.group(2))));
		}
		vllm.values().forEach(page::append);
		page.append(
				"""

						Where they differ from vLLM's: there are no `_created` series, buckets of token counts end at 100,000 instead of the model's
						context, and `request_success` counts failed requests as `error`.
						""");
		return page.toString();
	}

	private static String row(String name, Collection<Meter> meters) {
		Meter.Id id = meters.iterator().next().getId();
		Set<String> tags = new TreeSet<>();
		for (Meter meter : meters) {
			for (Tag tag : meter.getId().getTags()) {
				if (!tag.getKey().equals("model")) {
					tags.add("`" + tag.getKey() + "`: "
							+ meters.stream()
								.map((other) -> String.valueOf(other.getId().getTag(tag.getKey())))
								.distinct()
								.sorted()
								.collect(Collectors.joining(", ")));
				}
			}
		}
		String unit = (id.getBaseUnit() != null) ? id.getBaseUnit() : "";
		return "| `%s` | %s | %s | %s | %s |%n".formatted(name,
				id.getType().name().toLowerCase(Locale.ROOT).replace("distribution_", ""), unit,
				String.join("; ", tags), lowerFirst(String.valueOf(id.getDescription())));
	}

	private static String lowerFirst(String text) {
		return Character.toLowerCase(text.charAt(0)) + text.substring(1);
	}

}
