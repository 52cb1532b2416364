package io.llmserving.autoconfigure.prometheus;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;

import io.llmserving.api.EngineInfo;
import io.llmserving.api.EngineStatistics;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.LlmServing;
import io.llmserving.serving.ModelStatuses;

/**
 * vLLM's gauges and those of its counters that engines count themselves, read when they
 * are scraped. Models that come later are there from the next scrape on.
 */
final class VllmCollector implements MultiCollector, AutoCloseable {

	private final PrometheusRegistry registry;

	private final LlmServing serving;

	VllmCollector(PrometheusRegistry registry, LlmServing serving) {
		this.registry = registry;
		this.serving = serving;
		registry.register(this);
	}

	@Override
	public void close() {
		this.registry.unregister(this);
	}

	@Override
	public MetricSnapshots collect() {
		Map<LlmEngine, EngineStatistics> all = new LinkedHashMap<>();
		this.serving.engines().forEach((engine) -> all.put(engine, engine.statistics()));
		List<MetricSnapshot> snapshots = new ArrayList<>();
		if (all.isEmpty()) {
			return new MetricSnapshots(snapshots);
		}
		snapshots.add(gauge("num_requests_running", "Sequences in the batch", all, EngineStatistics::running));
		snapshots.add(gauge("num_requests_waiting", "Sequences in the queue", all, EngineStatistics::waiting));
		snapshots.add(gauge("kv_cache_usage_perc", "Used part of the cache's blocks, 1 for all", all,
				(s) -> (s.blocksTotal() == 0) ? 0 : (double) s.blocksUsed() / s.blocksTotal()));
		snapshots.add(counter("prompt_tokens", "Prompt tokens, those found in the cache included", all,
				(s) -> s.promptTokens() + s.prefixHitTokens()));
		snapshots.add(counter("prompt_tokens_cached", "Prompt tokens found in the cache", all,
				EngineStatistics::prefixHitTokens));
		snapshots.add(counter("generation_tokens", "Tokens generated", all, EngineStatistics::generatedTokens));
		snapshots.add(counter("num_preemptions", "Sequences preempted", all, EngineStatistics::preemptions));
		snapshots.add(counter("prefix_cache_queries", "Prompt tokens looked up in the prefix cache", all,
				EngineStatistics::prefixQueriedTokens));
		snapshots.add(counter("prefix_cache_hits", "Prompt tokens found in the prefix cache", all,
				EngineStatistics::prefixHitTokens));
		GaugeSnapshot config = cacheConfig(all.keySet());
		if (!config.getDataPoints().isEmpty()) {
			snapshots.add(config);
		}
		return new MetricSnapshots(snapshots);
	}

	private static GaugeSnapshot gauge(String name, String help, Map<LlmEngine, EngineStatistics> all,
			ToDoubleFunction<EngineStatistics> value) {
		GaugeSnapshot.Builder builder = GaugeSnapshot.builder().name("vllm:" + name).help(help);
		all.forEach((engine,
				statistics) -> builder.dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
					.labels(labels(engine))
					.value(value.applyAsDouble(statistics))
					.build()));
		return builder.build();
	}

	private static CounterSnapshot counter(String name, String help, Map<LlmEngine, EngineStatistics> all,
			ToDoubleFunction<EngineStatistics> value) {
		CounterSnapshot.Builder builder = CounterSnapshot.builder().name("vllm:" + name).help(help);
		all.forEach((engine,
				statistics) -> builder.dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
					.labels(labels(engine))
					.value(value.applyAsDouble(statistics))
					.build()));
		return builder.build();
	}

	private static GaugeSnapshot cacheConfig(Iterable<LlmEngine> engines) {
		GaugeSnapshot.Builder builder = GaugeSnapshot.builder()
			.name("vllm:cache_config_info")
			.help("How the cache of a model that is ready is made");
		for (LlmEngine engine : engines) {
			EngineInfo info = ModelStatuses.facts(engine);
			if (info != null) {
				builder.dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
					.labels(labels(engine).merge(Labels.of("block_size", Integer.toString(info.blockSize()),
							"cache_dtype", info.details().getOrDefault("kv-cache", "auto"), "num_gpu_blocks",
							Integer.toString(info.cacheBlocks()))))
					.value(1)
					.build());
			}
		}
		return builder.build();
	}

	private static Labels labels(LlmEngine engine) {
		return Labels.of("model_name", engine.id(), "engine", "0");
	}

}
