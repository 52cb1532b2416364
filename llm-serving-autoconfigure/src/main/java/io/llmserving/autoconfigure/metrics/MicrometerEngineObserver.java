package io.llmserving.autoconfigure.metrics;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.MeterRegistry;

import io.llmserving.spi.EngineObserver;
import io.llmserving.spi.FinishedRequest;

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
	public void finished(String model, FinishedRequest request) {
		ModelTimers timers = timers(model);
		timers.queued.record(request.queued());
		timers.request(request.outcome()).record(request.total());
		timers.promptTokens.record(request.promptTokens());
		timers.completionTokens.record(request.completionTokens());
		Duration prefill = request.prefill();
		if (prefill != null) {
			timers.prefill.record(prefill);
		}
		Duration decode = request.decode();
		if (decode != null) {
			timers.decode.record(decode);
			int further = request.completionTokens() - request.choices();
			if (further > 0) {
				timers.perToken.record(decode.toNanos() * request.choices() / further, TimeUnit.NANOSECONDS);
			}
		}
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
