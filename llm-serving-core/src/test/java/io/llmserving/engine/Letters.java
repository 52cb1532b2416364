package io.llmserving.engine;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

import io.llmserving.api.ChatMessage;
import io.llmserving.api.Tokenizer;

/** Each token is two letters. */
final class Letters implements Tokenizer {

	@Override
	public int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
		return text.chars().map((c) -> c % 60).toArray();
	}

	@Override
	public String decode(int[] ids, boolean skipSpecial) {
		StringBuilder text = new StringBuilder();
		for (int id : ids) {
			text.append(new String(bytes(id), StandardCharsets.UTF_8));
		}
		return text.toString();
	}

	@Override
	public byte[] bytes(int id) {
		return new byte[] { (byte) ('a' + id % 8), (byte) ('A' + id / 8) };
	}

	@Override
	public boolean isSpecial(int id) {
		return id == 0;
	}

	@Override
	public int vocabularySize() {
		return 60;
	}

	@Override
	public int[] encodeChat(List<ChatMessage> messages, boolean addGenerationPrompt, Map<String, ?> variables) {
		return encode(String.valueOf(messages.get(0).content()), false, false);
	}

}
