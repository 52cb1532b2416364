package io.llmserving.autoconfigure.openai;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.llmserving.api.SamplingParameters;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the sampling fields that chat and text completions share.
 */
final class SamplingFields {

	private SamplingFields() {
	}

	static SamplingParameters.Builder read(RequestFields fields) {
		Long seed = fields.longInteger("seed");
		List<String> stop = fields.strings("stop");
		return SamplingParameters.builder()
			.n(fields.integer("n"))
			.temperature(fields.number("temperature"))
			.topP(fields.number("top_p"))
			.topK(fields.integer("top_k"))
			.minP(fields.number("min_p"))
			.repetitionPenalty(fields.number("repetition_penalty"))
			.presencePenalty(fields.number("presence_penalty"))
			.frequencyPenalty(fields.number("frequency_penalty"))
			.logitBias(logitBias(fields))
			.seed((seed != null && seed == -1) ? null : seed)
			.minTokens(fields.integer("min_tokens"))
			.ignoreEos(fields.bool("ignore_eos", false))
			.stop(stop)
			.stopTokenIds(fields.integers("stop_token_ids"))
			.includeStop(fields.bool("include_stop_str_in_output", false))
			.skipSpecialTokens(fields.bool("skip_special_tokens", true));
	}

	private static Map<Integer, Float> logitBias(RequestFields fields) {
		ObjectNode object = fields.object("logit_bias");
		if (object == null) {
			return Map.of();
		}
		Map<Integer, Float> bias = new HashMap<>();
		for (Map.Entry<String, JsonNode> entry : object.properties()) {
			Integer token = tokenId(entry.getKey());
			if (token == null || !entry.getValue().isNumber()) {
				throw RequestFields.invalid("logit_bias", "'logit_bias' maps token ids to numbers, not '%s' to %s"
					.formatted(entry.getKey(), entry.getValue()));
			}
			bias.put(token, RequestFields.inRange("logit_bias", entry.getValue(), JsonNode::floatValue));
		}
		return bias;
	}

	private static @Nullable Integer tokenId(String text) {
		try {
			return Integer.valueOf(text);
		}
		catch (NumberFormatException ex) {
			return null;
		}
	}

}
