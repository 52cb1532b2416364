package io.llmserving.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import org.jspecify.annotations.Nullable;

/**
 * The alphabet in which byte-level vocabularies write bytes: printable Latin-1 characters
 * stand for themselves, the other 68 bytes, in order, for U+0100 and up. Source: GPT-2.
 */
final class ByteAlphabet {

	private static final char[] CHARACTERS = new char[256];

	private static final short[] BYTES = new short[0x100 + 68];

	static {
		Arrays.fill(BYTES, (short) -1);
		char next = 0x100;
		for (int value = 0; value < 256; value++) {
			boolean printable = value >= '!' && value <= '~' || value >= 0xA1 && value <= 0xAC || value >= 0xAE;
			CHARACTERS[value] = printable ? (char) value : next++;
			BYTES[CHARACTERS[value]] = (short) value;
		}
	}

	private ByteAlphabet() {
	}

	static char character(int value) {
		return CHARACTERS[value];
	}

	/**
	 * Returns the bytes that a vocabulary entry stands for; its UTF-8 if it has
	 * characters outside the alphabet.
	 */
	static byte[] bytes(String token) {
		byte[] known = decode(token);
		return (known != null) ? known : token.getBytes(StandardCharsets.UTF_8);
	}

	private static byte @Nullable [] decode(String token) {
		byte[] bytes = new byte[token.length()];
		for (int i = 0; i < bytes.length; i++) {
			char character = token.charAt(i);
			if (character >= BYTES.length || BYTES[character] < 0) {
				return null;
			}
			bytes[i] = (byte) BYTES[character];
		}
		return bytes;
	}

}
