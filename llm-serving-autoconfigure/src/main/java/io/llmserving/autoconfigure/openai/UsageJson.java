package io.llmserving.autoconfigure.openai;

import io.llmserving.api.Usage;

/**
 * Writes what a request consumed.
 */
final class UsageJson {

	private UsageJson() {
	}

	static String write(Usage usage) {
		return new JsonText().raw("{\"prompt_tokens\":")
			.number(usage.promptTokens())
			.raw(",\"completion_tokens\":")
			.number(usage.completionTokens())
			.raw(",\"total_tokens\":")
			.number(usage.totalTokens())
			.raw(",\"prompt_tokens_details\":{\"cached_tokens\":")
			.number(usage.cachedTokens())
			.raw("}}")
			.toString();
	}

	static Usage add(Usage a, Usage b) {
		return new Usage(a.promptTokens() + b.promptTokens(), a.completionTokens() + b.completionTokens(),
				a.cachedTokens() + b.cachedTokens());
	}

	static void tokenIds(JsonText json, int[] ids) {
		json.raw("[");
		for (int i = 0; i < ids.length; i++) {
			json.raw((i > 0) ? "," : "").number(ids[i]);
		}
		json.raw("]");
	}

}
