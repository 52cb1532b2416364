package io.llmserving.bench.load;

import java.nio.charset.StandardCharsets;

/**
 * Tells what a streamed event brings by looking at its keys, without parsing it: a client
 * that parses each token's JSON would tax a fast server on the same cores. A key's
 * closing quote stands right before its colon; inside JSON strings quotes are escaped, so
 * that generated text never looks like a key.
 */
final class EventKind {

	/** Text, reasoning, a tool call's arguments or token ids that are not empty. */
	static final int OUTPUT = 1;

	/** A usage object. */
	static final int USAGE = 2;

	/** An error instead of an answer. */
	static final int ERROR = 4;

	/** The end of the stream. */
	static final int DONE = 8;

	private static final byte[][] TEXT_KEYS = keys("content", "text", "reasoning_content", "reasoning", "arguments");

	private static final byte[][] LIST_KEYS = keys("token_ids");

	private static final byte[][] USAGE_KEYS = keys("usage");

	private static final byte[][] ERROR_KEYS = keys("error");

	private EventKind() {
	}

	/**
	 * Returns the kinds of an event, or-ed.
	 */
	static int of(byte[] bytes, int from, int to) {
		if (to - from == 6 && bytes[from] == '[' && bytes[from + 1] == 'D') {
			return DONE;
		}
		int kinds = 0;
		for (int i = from + 2; i < to; i++) {
			if (bytes[i] == ':' && bytes[i - 1] == '"') {
				kinds |= value(bytes, from, i, to);
			}
		}
		return kinds;
	}

	private static int value(byte[] bytes, int from, int colon, int to) {
		int at = colon + 1;
		while (at < to && bytes[at] == ' ') {
			at++;
		}
		if (at + 1 >= to) {
			return 0;
		}
		int key = colon - 1;
		return switch (bytes[at]) {
			case '"' -> (bytes[at + 1] != '"' && endsWith(bytes, from, key, TEXT_KEYS)) ? OUTPUT
					: endsWith(bytes, from, key, ERROR_KEYS) ? ERROR : 0;
			case '[' -> (bytes[at + 1] != ']' && endsWith(bytes, from, key, LIST_KEYS)) ? OUTPUT : 0;
			case '{' ->
				endsWith(bytes, from, key, USAGE_KEYS) ? USAGE : endsWith(bytes, from, key, ERROR_KEYS) ? ERROR : 0;
			default -> 0;
		};
	}

	/** Whether the bytes before the closing quote are one of the keys with its quote. */
	private static boolean endsWith(byte[] bytes, int from, int end, byte[][] keys) {
		for (byte[] key : keys) {
			int start = end - key.length;
			if (start >= from && matches(bytes, start, key)) {
				return true;
			}
		}
		return false;
	}

	private static boolean matches(byte[] bytes, int start, byte[] key) {
		for (int i = 0; i < key.length; i++) {
			if (bytes[start + i] != key[i]) {
				return false;
			}
		}
		return true;
	}

	private static byte[][] keys(String... names) {
		byte[][] keys = new byte[names.length][];
		for (int i = 0; i < names.length; i++) {
			keys[i] = ('"' + names[i]).getBytes(StandardCharsets.US_ASCII);
		}
		return keys;
	}

}
