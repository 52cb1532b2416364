package io.llmserving.api;

/**
 * What a request consumed.
 *
 * @param promptTokens tokens of the prompt, counted once however many choices there are
 * @param completionTokens generated tokens over all choices, including the ones that
 * ended a choice
 * @param cachedTokens prompt tokens whose keys and values were already in the cache
 */
public record Usage(int promptTokens, int completionTokens, int cachedTokens) {

	/**
	 * Returns prompt and completion tokens together.
	 */
	public int totalTokens() {
		return this.promptTokens + this.completionTokens;
	}

}
