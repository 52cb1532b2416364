package io.llmserving.test;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

import io.llmserving.api.ChatMessage;
import io.llmserving.api.InvalidRequestException;
import io.llmserving.api.Tokenizer;

/**
 * A tokenizer with a token per byte and one special token, {@code <|end|>}, of id 256.
 */
final class ByteTokenizer implements Tokenizer {

	static final int END = 256;

	private static final String END_NAME = "<|end|>";

	@Override
	public int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
		byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
		int[] ids = new int[bytes.length];
		for (int i = 0; i < ids.length; i++) {
			ids[i] = bytes[i] & 0xff;
		}
		return ids;
	}

	@Override
	public String decode(int[] ids, boolean skipSpecial) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		for (int id : ids) {
			if (!skipSpecial || !isSpecial(id)) {
				bytes.writeBytes(bytes(id));
			}
		}
		return bytes.toString(StandardCharsets.UTF_8);
	}

	@Override
	public byte[] bytes(int id) {
		if (id < 0 || id > END) {
			throw new InvalidRequestException(
					"Token id %d is not in the vocabulary of %d tokens".formatted(id, vocabularySize()), "tokens",
					null);
		}
		return (id == END) ? END_NAME.getBytes(StandardCharsets.UTF_8) : new byte[] { (byte) id };
	}

	@Override
	public boolean isSpecial(int id) {
		return id == END;
	}

	@Override
	public int vocabularySize() {
		return END + 1;
	}

	@Override
	public int[] encodeChat(List<ChatMessage> messages, boolean addGenerationPrompt, Map<String, ?> variables) {
		StringBuilder text = new StringBuilder();
		for (ChatMessage message : messages) {
			text.append(message.role()).append(": ").append(message.content()).append('\n');
		}
		return encode(text.append(addGenerationPrompt ? "assistant: " : "").toString(), true, false);
	}

}
