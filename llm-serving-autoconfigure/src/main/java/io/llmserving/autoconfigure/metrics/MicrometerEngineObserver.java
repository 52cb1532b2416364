package io.llmserving.autoconfigure.metrics;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.MeterRegistry;

import io.llmserving.spi.EngineObserver;

/**
 * Records what engines tell in timers and summaries. Called on the engines' threads: a
 * look-up by model, then the meter.
 */
final class MicrometerEngineObserver implements EngineObserver {

	private final MeterRegistry registry;

	private final Map<String, ModelTimers> timers = new ConcurrentHashMap<>();

	MicrometerEngineObserver(MeterRegistry registry) {
		this.registry = registry;
	}

	@Override
	public void firstToken(String model, Duration sinceSubmission) {
		timers(model).firstToken.record(sinceSubmission);
	}

	@Override
	public void nextToken(String model, long nanosSincePrevious) {
		timers(model).nextToken.record(nanosSincePrevious, TimeUnit.NANOSECONDS);
	}

	@Override
	public void finished(String model, Outcome outcome, Duration queued, Duration total, int promptTokens,
			int completionTokens) {
		ModelTimers timers = timers(model);
		timers.queued.record(queued);
		timers.request(outcome).record(total);
		timers.promptTokens.record(promptTokens);
		timers.completionTokens.record(completionTokens);
	}

	@Override
	public void step(String model, int tokens, int sequences, long nanos) {
		ModelTimers timers = timers(model);
		timers.step.record(nanos, TimeUnit.NANOSECONDS);
		timers.stepTokens.record(tokens);
	}

	private ModelTimers timers(String model) {
		ModelTimers known = this.timers.get(model);
		return (known != null) ? known
				: this.timers.computeIfAbsent(model, (name) -> new ModelTimers(this.registry, name));
	}

}
