package io.llmserving.runtime;

/**
 * How a sampler slot chooses tokens; the order of the rules is in the native header.
 * Arrays belong to the record and must not be modified.
 *
 * @param temperature below 1e-5 the most probable token is taken
 * @param topP 1 for off
 * @param minP 0 for off
 * @param topK 0 for off
 * @param repetition 1 for off
 * @param frequency 0 for off
 * @param presence 0 for off
 * @param seed key of the random numbers
 * @param logprobs alternatives to report, -1 for no logprobs at all
 * @param minTokens output positions below this suppress {@code suppressed}
 * @param suppressed token ids
 * @param biasIds token ids
 * @param bias added to their logits
 */
public record SlotParameters(float temperature, float topP, float minP, int topK, float repetition, float frequency,
		float presence, long seed, int logprobs, int minTokens, int[] suppressed, int[] biasIds, float[] bias) {

	/**
	 * Returns whether the slot needs the prompt's tokens.
	 */
	public boolean countsPrompt() {
		return this.repetition != 1.0f;
	}

	/**
	 * Returns whether the slot needs the output's tokens.
	 */
	public boolean countsOutput() {
		return this.repetition != 1.0f || this.frequency != 0.0f || this.presence != 0.0f;
	}

}
