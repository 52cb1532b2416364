package io.llmserving.autoconfigure.observation;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import org.jspecify.annotations.Nullable;

import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmServingException;
import io.llmserving.api.SamplingParameters;
import io.llmserving.spi.FinishedRequest;

/**
 * Names as in OpenTelemetry's semantic conventions for generative AI, release 1.37 and
 * later ({@code gen_ai.provider.name} instead of {@code gen_ai.system}).
 */
final class DefaultGenerationObservationConvention implements GenerationObservationConvention {

	static final String NAME = "llm.generation";

	private static final String PROVIDER = "llm-serving";

	@Override
	public String getName() {
		return NAME;
	}

	@Override
	public String getContextualName(GenerationObservationContext context) {
		return operation(context) + " " + context.model();
	}

	@Override
	public KeyValues getLowCardinalityKeyValues(GenerationObservationContext context) {
		return KeyValues.of("gen_ai.operation.name", operation(context), "gen_ai.provider.name", PROVIDER,
				"gen_ai.request.model", context.model(), "gen_ai.response.model", context.model());
	}

	private static String operation(GenerationObservationContext context) {
		return (context.request().messages() != null) ? "chat" : "text_completion";
	}

	@Override
	public KeyValues getHighCardinalityKeyValues(GenerationObservationContext context) {
		GenerationRequest request = context.request();
		List<KeyValue> values = new ArrayList<>();
		sampling(values, request.sampling());
		add(values, "gen_ai.response.id", request.requestId());
		FinishedRequest finished = context.finished();
		if (finished != null) {
			ended(values, finished);
		}
		if (context.contentIncluded()) {
			add(values, "gen_ai.input.messages", InputMessages.json(request));
			add(values, "gen_ai.request.stop_sequences",
					request.sampling().stop().isEmpty() ? null : request.sampling().stop());
		}
		return KeyValues.of(values);
	}

	private static void sampling(List<KeyValue> values, SamplingParameters sampling) {
		add(values, "gen_ai.request.choice.count", (sampling.n() != 1) ? sampling.n() : null);
		add(values, "gen_ai.request.max_tokens", sampling.maxTokens());
		add(values, "gen_ai.request.temperature", sampling.temperature());
		add(values, "gen_ai.request.top_p", sampling.topP());
		add(values, "gen_ai.request.top_k", sampling.topK());
		add(values, "gen_ai.request.seed", sampling.seed());
		add(values, "gen_ai.request.frequency_penalty", sampling.frequencyPenalty());
		add(values, "gen_ai.request.presence_penalty", sampling.presencePenalty());
	}

	private static void ended(List<KeyValue> values, FinishedRequest finished) {
		add(values, "gen_ai.usage.input_tokens", finished.promptTokens());
		add(values, "gen_ai.usage.output_tokens", finished.completionTokens());
		List<String> reasons = finished.reasons().stream().map((reason) -> lower(reason.name())).toList();
		add(values, "gen_ai.response.finish_reasons", reasons.isEmpty() ? null : reasons);
		add(values, "llm.cached_tokens", finished.cachedTokens());
		add(values, "llm.preemptions", finished.preemptions());
		add(values, "llm.outcome", lower(finished.outcome().name()));
		add(values, "error.type", errorType(finished.error()));
	}

	private static @Nullable String errorType(@Nullable Throwable error) {
		if (error instanceof LlmServingException known && known.code() != null) {
			return known.code();
		}
		return (error != null) ? error.getClass().getName() : null;
	}

	private static String lower(String name) {
		return name.toLowerCase(Locale.ROOT);
	}

	private static void add(List<KeyValue> values, String key, @Nullable Object value) {
		if (value != null) {
			values.add(KeyValue.of(key, value.toString()));
		}
	}

}
