package io.llmserving.autoconfigure.metrics;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import reactor.core.Disposable;
import reactor.core.Disposables;

import io.llmserving.api.EngineStatistics;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.LlmServing;

/**
 * Gauges and counters read from the engines' statistics. Models that appear later are
 * bound with their first change of state.
 */
final class LlmMeters implements MeterBinder, AutoCloseable {

	private final LlmServing serving;

	private final Disposable.Composite subscriptions = Disposables.composite();

	LlmMeters(LlmServing serving) {
		this.serving = serving;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		Set<String> bound = ConcurrentHashMap.newKeySet();
		this.subscriptions.add(this.serving.changes().subscribe((change) -> {
			if (bound.add(change.model())) {
				bind(registry, this.serving.engine(change.model()));
			}
		}));
		for (LlmEngine engine : this.serving.engines()) {
			if (bound.add(engine.id())) {
				bind(registry, engine);
			}
		}
	}

	@Override
	public void close() {
		this.subscriptions.dispose();
	}

	private static void bind(MeterRegistry registry, LlmEngine engine) {
		Meters meters = new Meters(registry, engine);
		meters.gauge("llm.requests.waiting", "Sequences in the queue", "sequences", EngineStatistics::waiting);
		meters.gauge("llm.requests.running", "Sequences in the batch", "sequences", EngineStatistics::running);
		meters.gauge("llm.cache.blocks", "Blocks of the cache's pool", "blocks", EngineStatistics::blocksTotal);
		meters.gauge("llm.cache.blocks.used", "Blocks that a sequence or a step holds", "blocks",
				EngineStatistics::blocksUsed);
		meters.gauge("llm.cache.blocks.cached", "Free blocks whose content may be hit", "blocks",
				EngineStatistics::blocksCached);
		meters.counter("llm.tokens.prompt", "Prompt tokens computed", "tokens", EngineStatistics::promptTokens);
		meters.counter("llm.tokens.generated", "Tokens generated", "tokens", EngineStatistics::generatedTokens);
		meters.counter("llm.prefix.queries", "Prompt tokens looked up in the prefix cache", "tokens",
				EngineStatistics::prefixQueriedTokens);
		meters.counter("llm.prefix.hits", "Prompt tokens found in the prefix cache", "tokens",
				EngineStatistics::prefixHitTokens);
		meters.counter("llm.preemptions", "Sequences preempted", "sequences", EngineStatistics::preemptions);
		meters.counter("llm.steps", "Steps run", "steps", EngineStatistics::steps);
		meters.counter("llm.restarts", "Times an engine was rebuilt", "restarts", EngineStatistics::restarts);
		meters.outcome("finished", EngineStatistics::requestsFinished);
		meters.outcome("cancelled", EngineStatistics::requestsCancelled);
		meters.outcome("failed", EngineStatistics::requestsFailed);
	}

	private record Meters(MeterRegistry registry, LlmEngine engine) {

		private void gauge(String name, String description, String unit, ToDoubleFunction<EngineStatistics> value) {
			Gauge.builder(name, this.engine, (engine) -> value.applyAsDouble(engine.statistics()))
				.description(description)
				.baseUnit(unit)
				.tag("model", this.engine.id())
				.strongReference(true)
				.register(this.registry);
		}

		private void counter(String name, String description, String unit, ToDoubleFunction<EngineStatistics> value) {
			counter(name, description, unit, Tags.empty(), value);
		}

		private void outcome(String outcome, ToDoubleFunction<EngineStatistics> value) {
			counter("llm.requests", "Requests that ended", "requests", Tags.of("outcome", outcome), value);
		}

		private void counter(String name, String description, String unit, Tags tags,
				ToDoubleFunction<EngineStatistics> value) {
			FunctionCounter.builder(name, this.engine, (engine) -> value.applyAsDouble(engine.statistics()))
				.description(description)
				.baseUnit(unit)
				.tags(tags.and("model", this.engine.id()))
				.register(this.registry);
		}

	}

}
