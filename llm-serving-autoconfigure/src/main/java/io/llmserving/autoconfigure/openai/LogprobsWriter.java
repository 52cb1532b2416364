package io.llmserving.autoconfigure.openai;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.llmserving.api.TokenInfo;

/**
 * Writes log probabilities in the two shapes that the protocol has.
 */
final class LogprobsWriter {

	private final ApiRequest.Style style;

	LogprobsWriter(ApiRequest.Style style) {
		this.style = style;
	}

	/**
	 * Writes the chat shape: an entry per token.
	 */
	void chat(JsonText json, List<TokenInfo> tokens) {
		json.raw("{\"content\":[");
		for (int i = 0; i < tokens.size(); i++) {
			TokenInfo token = tokens.get(i);
			json.raw((i > 0) ? "," : "").raw("{");
			entry(json, token.id(), token.bytes(), token.logprob());
			json.raw(",\"top_logprobs\":[");
			for (int j = 0; j < Math.min(this.style.topLogprobs(), token.top().size()); j++) {
				TokenInfo.TopLogprob top = token.top().get(j);
				json.raw((j > 0) ? ",{" : "{");
				entry(json, top.id(), top.bytes(), top.logprob());
				json.raw("}");
			}
			json.raw("]}");
		}
		json.raw("],\"refusal\":null}");
	}

	/**
	 * Writes the completions shape: parallel arrays.
	 * @param offset code points of the text before these tokens
	 */
	void completion(JsonText json, List<TokenInfo> tokens, int offset) {
		json.raw("{\"tokens\":[");
		for (int i = 0; i < tokens.size(); i++) {
			json.raw((i > 0) ? "," : "").string(name(tokens.get(i).id(), tokens.get(i).bytes()));
		}
		json.raw("],\"token_logprobs\":[");
		for (int i = 0; i < tokens.size(); i++) {
			json.raw((i > 0) ? "," : "").logprob(tokens.get(i).logprob());
		}
		json.raw("],\"top_logprobs\":[");
		for (int i = 0; i < tokens.size(); i++) {
			json.raw((i > 0) ? "," : "");
			alternatives(json, tokens.get(i));
		}
		json.raw("],\"text_offset\":[");
		int position = offset;
		for (int i = 0; i < tokens.size(); i++) {
			json.raw((i > 0) ? "," : "").number(position);
			position += codePoints(tokens.get(i).bytes());
		}
		json.raw("]}");
	}

	/**
	 * Returns how many code points begin in these bytes.
	 */
	static int codePoints(byte[] utf8) {
		int count = 0;
		for (byte b : utf8) {
			if ((b & 0xc0) != 0x80) {
				count++;
			}
		}
		return count;
	}

	/**
	 * Writes the best tokens and the one that was taken. Different tokens may have one
	 * text, such as halves of characters; the best of them has the key.
	 */
	private void alternatives(JsonText json, TokenInfo token) {
		if (Float.isNaN(token.logprob())) {
			json.raw("null");
			return;
		}
		Map<String, Float> logprobs = new LinkedHashMap<>();
		for (int j = 0; j < Math.min(this.style.topLogprobs(), token.top().size()); j++) {
			TokenInfo.TopLogprob top = token.top().get(j);
			logprobs.putIfAbsent(name(top.id(), top.bytes()), top.logprob());
		}
		logprobs.putIfAbsent(name(token.id(), token.bytes()), token.logprob());
		String separator = "{";
		for (Map.Entry<String, Float> entry : logprobs.entrySet()) {
			json.raw(separator).string(entry.getKey()).raw(":").logprob(entry.getValue());
			separator = ",";
		}
		json.raw("}");
	}

	private void entry(JsonText json, int id, byte[] bytes, float logprob) {
		json.raw("\"token\":").string(name(id, bytes));
		json.raw(",\"logprob\":").logprob(logprob).raw(",\"bytes\":").bytes(bytes);
	}

	private String name(int id, byte[] bytes) {
		return this.style.tokensAsIds() ? "token_id:" + id : new String(bytes, StandardCharsets.UTF_8);
	}

}
