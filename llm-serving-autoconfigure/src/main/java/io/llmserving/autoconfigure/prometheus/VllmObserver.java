package io.llmserving.autoconfigure.prometheus;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import org.jspecify.annotations.Nullable;

import io.llmserving.spi.EngineObserver;
import io.llmserving.spi.FinishedRequest;

/**
 * vLLM's histograms, with its buckets, and its counter of ended requests. Buckets of
 * tokens end at a fixed size instead of a model's context. Safe for use by many threads.
 */
final class VllmObserver implements EngineObserver, AutoCloseable {

	private static final double[] FIRST_TOKEN = { 0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1,
			2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560 };

	private static final double[] PER_TOKEN = { 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5,
			5, 7.5, 10, 20, 40, 80 };

	private static final double[] REQUEST = { 0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240,
			480, 960, 1920, 7680 };

	private static final double[] STEP_TOKENS = { 1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384 };

	private static final double[] TOKENS = { 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000,
			50_000, 100_000 };

	private static final double[] CHOICES = { 1, 2, 5, 10, 20 };

	private static final String ENGINE = "0";

	private final PrometheusRegistry registry;

	private final List<Collector> registered = new ArrayList<>();

	private final Histogram firstToken;

	private final Histogram nextToken;

	private final Histogram perToken;

	private final Histogram total;

	private final Histogram queue;

	private final Histogram inference;

	private final Histogram prefill;

	private final Histogram decode;

	private final Histogram stepTokens;

	private final Histogram promptTokens;

	private final Histogram computedTokens;

	private final Histogram generatedTokens;

	private final Histogram choices;

	private final Histogram maxTokens;

	private final Counter success;

	VllmObserver(PrometheusRegistry registry) {
		this.registry = registry;
		this.firstToken = histogram("time_to_first_token_seconds", "Time from submission to the first token",
				FIRST_TOKEN);
		this.nextToken = histogram("inter_token_latency_seconds", "Time between two tokens of a choice", PER_TOKEN);
		this.perToken = histogram("request_time_per_output_token_seconds",
				"Mean time of a request's tokens after the first one", PER_TOKEN);
		this.total = histogram("e2e_request_latency_seconds", "Time from submission to the end", REQUEST);
		this.queue = histogram("request_queue_time_seconds", "Time in the queue", REQUEST);
		this.inference = histogram("request_inference_time_seconds", "Time after the queue", REQUEST);
		this.prefill = histogram("request_prefill_time_seconds", "Time from the first step to the first token",
				REQUEST);
		this.decode = histogram("request_decode_time_seconds", "Time from the first token to the end", REQUEST);
		this.stepTokens = histogram("iteration_tokens_total", "Tokens computed in a step", STEP_TOKENS);
		this.promptTokens = histogram("request_prompt_tokens", "Tokens of a prompt", TOKENS);
		this.computedTokens = histogram("request_prefill_kv_computed_tokens",
				"Tokens of a prompt that were not in the cache", TOKENS);
		this.generatedTokens = histogram("request_generation_tokens", "Tokens of an answer", TOKENS);
		this.choices = histogram("request_params_n", "Choices asked for", CHOICES);
		this.maxTokens = histogram("request_params_max_tokens", "Most tokens of a choice, clamped to the context",
				TOKENS);
		this.success = Counter.builder()
			.name("vllm:request_success")
			.help("Requests that ended")
			.labelNames("model_name", "engine", "finished_reason")
			.withoutExemplars()
			.build();
		register(this.success);
	}

	private Histogram histogram(String name, String help, double[] bounds) {
		Histogram histogram = Histogram.builder()
			.name("vllm:" + name)
			.help(help)
			.classicOnly()
			.classicUpperBounds(bounds)
			.labelNames("model_name", "engine")
			.withoutExemplars()
			.build();
		register(histogram);
		return histogram;
	}

	private void register(Collector collector) {
		this.registry.register(collector);
		this.registered.add(collector);
	}

	@Override
	public void close() {
		this.registered.forEach(this.registry::unregister);
	}

	@Override
	public void firstToken(String model, Duration sinceSubmission) {
		observe(this.firstToken, model, sinceSubmission);
	}

	@Override
	public void nextToken(String model, long nanosSincePrevious) {
		this.nextToken.labelValues(model, ENGINE).observe(nanosSincePrevious / 1e9);
	}

	@Override
	public void step(String model, int tokens, int sequences, long nanos) {
		this.stepTokens.labelValues(model, ENGINE).observe(tokens);
	}

	@Override
	public void finished(String model, FinishedRequest request) {
		this.success.labelValues(model, ENGINE, reason(request.outcome())).inc();
		observe(this.total, model, request.total());
		observe(this.queue, model, request.queued());
		observe(this.inference, model, request.total().minus(request.queued()));
		observe(this.prefill, model, request.prefill());
		observe(this.decode, model, request.decode());
		int further = request.completionTokens() - request.choices();
		Duration decoding = request.decode();
		if (decoding != null && further > 0) {
			this.perToken.labelValues(model, ENGINE).observe(decoding.toNanos() / 1e9 * request.choices() / further);
		}
		this.promptTokens.labelValues(model, ENGINE).observe(request.promptTokens());
		this.computedTokens.labelValues(model, ENGINE).observe(request.promptTokens() - request.cachedTokens());
		this.generatedTokens.labelValues(model, ENGINE).observe(request.completionTokens());
		this.choices.labelValues(model, ENGINE).observe(request.choices());
		this.maxTokens.labelValues(model, ENGINE).observe(request.maxTokens());
	}

	private static void observe(Histogram histogram, String model, @Nullable Duration duration) {
		if (duration != null) {
			histogram.labelValues(model, ENGINE).observe(duration.toNanos() / 1e9);
		}
	}

	private static String reason(Outcome outcome) {
		return switch (outcome) {
			case STOP -> "stop";
			case LENGTH -> "length";
			case CANCELLED, DEADLINE -> "abort";
			case FAILED -> "error";
		};
	}

}
