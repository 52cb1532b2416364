package io.llmserving.autoconfigure.metrics;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import io.llmserving.spi.EngineObserver.Outcome;

/**
 * The timers of one model, made once: the engine's thread finds them ready.
 */
final class ModelTimers {

	private static final Duration[] LONG = seconds(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300);

	private static final Duration[] SHORT = seconds(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5);

	private static final double[] SIZES = { 1, 8, 32, 128, 512, 2048, 8192, 32768 };

	final Timer firstToken;

	final Timer nextToken;

	final Timer queued;

	final Timer prefill;

	final Timer decode;

	final Timer perToken;

	final Timer step;

	final DistributionSummary stepTokens;

	final DistributionSummary promptTokens;

	final DistributionSummary completionTokens;

	private final Map<Outcome, Timer> requests = new EnumMap<>(Outcome.class);

	ModelTimers(MeterRegistry registry, String model) {
		this.firstToken = timer("llm.time.to.first.token", "Time from submission to the first token", LONG, model)
			.register(registry);
		this.nextToken = timer("llm.inter.token.latency", "Time between two tokens of a choice", SHORT, model)
			.register(registry);
		this.queued = timer("llm.request.queue.time", "Time from submission to the first step", LONG, model)
			.register(registry);
		this.prefill = timer("llm.request.prefill.time", "Time from the first step to the first token", LONG, model)
			.register(registry);
		this.decode = timer("llm.request.decode.time", "Time from the first token to the end", LONG, model)
			.register(registry);
		this.perToken = timer("llm.time.per.output.token", "Mean time of a request's tokens after the first one", SHORT,
				model)
			.register(registry);
		this.step = timer("llm.step.duration", "Time of an engine's step", SHORT, model).register(registry);
		this.stepTokens = summary(registry, "llm.step.tokens", "Tokens computed in a step", model);
		this.promptTokens = summary(registry, "llm.request.prompt.tokens", "Tokens of a request's prompt", model);
		this.completionTokens = summary(registry, "llm.request.completion.tokens", "Tokens of a request's answer",
				model);
		for (Outcome outcome : Outcome.values()) {
			this.requests.put(outcome,
					timer("llm.request.duration", "Time from submission to the end of a request", LONG, model)
						.tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
						.register(registry));
		}
	}

	Timer request(Outcome outcome) {
		return Objects.requireNonNull(this.requests.get(outcome));
	}

	private static Timer.Builder timer(String name, String description, Duration[] objectives, String model) {
		return Timer.builder(name).description(description).serviceLevelObjectives(objectives).tag("model", model);
	}

	private static DistributionSummary summary(MeterRegistry registry, String name, String description, String model) {
		return DistributionSummary.builder(name)
			.description(description)
			.baseUnit("tokens")
			.serviceLevelObjectives(SIZES)
			.tag("model", model)
			.register(registry);
	}

	private static Duration[] seconds(double... values) {
		Duration[] durations = new Duration[values.length];
		for (int i = 0; i < values.length; i++) {
			durations[i] = Duration.ofNanos(Math.round(values[i] * 1e9));
		}
		return durations;
	}

}
