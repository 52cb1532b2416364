package io.llmserving.decoding;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.SamplingParameters;
import io.llmserving.runtime.SlotParameters;

/**
 * Turns complete sampling parameters into what a sampler slot obeys.
 */
public final class SlotRules {

	private SlotRules() {
	}

	/**
	 * @param parameters temperature, topP, topK, minP and penalties are set
	 * @param seed key of the random numbers
	 * @param eos the model's end-of-sequence tokens
	 */
	public static SlotParameters of(SamplingParameters parameters, long seed, int[] eos) {
		List<Integer> suppressed = new ArrayList<>();
		if (parameters.minTokens() > 0) {
			suppressed.addAll(parameters.stopTokenIds());
			for (int id : parameters.ignoreEos() ? new int[0] : eos) {
				suppressed.add(id);
			}
		}
		int[] biasIds = parameters.logitBias().keySet().stream().mapToInt(Integer::intValue).sorted().toArray();
		float[] bias = new float[biasIds.length];
		for (int i = 0; i < bias.length; i++) {
			bias[i] = Math.clamp(parameters.logitBias().getOrDefault(biasIds[i], 0f), -100f, 100f);
		}
		Integer logprobs = parameters.logprobs();
		return new SlotParameters(or(parameters.temperature(), 1f), or(parameters.topP(), 1f),
				or(parameters.minP(), 0f), Math.max(0, topK(parameters)), or(parameters.repetitionPenalty(), 1f),
				or(parameters.frequencyPenalty(), 0f), or(parameters.presencePenalty(), 0f), seed,
				(logprobs != null) ? logprobs : -1, parameters.minTokens(),
				suppressed.stream().mapToInt(Integer::intValue).toArray(), biasIds, bias);
	}

	private static int topK(SamplingParameters parameters) {
		Integer topK = parameters.topK();
		return (topK != null) ? topK : 0;
	}

	private static float or(@Nullable Float value, float neutral) {
		return (value != null) ? value : neutral;
	}

}
