package io.llmserving.text;

import java.util.Arrays;
import java.util.Map;

/**
 * The tokens {@code <0x00>} to {@code <0xFF>}, by which SentencePiece vocabularies spell
 * characters that they lack.
 */
final class ByteTokens {

	private ByteTokens() {
	}

	/**
	 * Returns the byte tokens' ids by value, {@link Symbols#NONE} for those missing.
	 */
	static int[] find(Map<String, Integer> vocabulary) {
		int[] ids = none();
		for (int value = 0; value < 256; value++) {
			ids[value] = vocabulary.getOrDefault("<0x%02X>".formatted(value), Symbols.NONE);
		}
		return ids;
	}

	/**
	 * Returns a table without byte tokens.
	 */
	static int[] none() {
		int[] ids = new int[256];
		Arrays.fill(ids, Symbols.NONE);
		return ids;
	}

	/**
	 * Returns the value that a token spells, or -1 if it is not a byte token.
	 */
	static int value(String token) {
		boolean named = token.length() == 6 && token.startsWith("<0x") && token.endsWith(">");
		int high = named ? Character.digit(token.charAt(3), 16) : -1;
		int low = named ? Character.digit(token.charAt(4), 16) : -1;
		return (high < 0 || low < 0) ? -1 : high << 4 | low;
	}

}
