package io.llmserving.text;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What a piece of text is before any merge: a sequence of one-byte or one-character
 * tokens.
 */
sealed interface Symbols {

	/** Stands in tables for a byte or character without a token. */
	int NONE = -1;

	/**
	 * Writes the piece's symbols into the merger's array and returns their number.
	 */
	int write(String piece, Merger merger);

	/**
	 * One symbol per UTF-8 byte. Bytes without a token become the unknown token, or are
	 * left out if there is none.
	 */
	record OfBytes(int[] tokens, int unknown) implements Symbols {

		static OfBytes of(Map<String, Integer> vocabulary, int unknown) {
			int[] tokens = new int[256];
			for (int value = 0; value < 256; value++) {
				tokens[value] = vocabulary.getOrDefault(String.valueOf(ByteAlphabet.character(value)), unknown);
			}
			return new OfBytes(tokens, unknown);
		}

		@Override
		public int write(String piece, Merger merger) {
			byte[] bytes = piece.getBytes(StandardCharsets.UTF_8);
			int[] symbols = merger.symbols(bytes.length);
			int count = 0;
			for (byte value : bytes) {
				int token = this.tokens[value & 0xFF];
				if (token != NONE) {
					symbols[count++] = token;
				}
			}
			return count;
		}

	}

	/**
	 * One symbol per character. Characters without a token become the tokens of their
	 * bytes, if all of these exist, else the unknown token, or are left out if there is
	 * none.
	 */
	record OfCharacters(LongMap tokens, int[] byteTokens, int unknown, boolean fuseUnknown) implements Symbols {

		static OfCharacters of(Map<String, Integer> vocabulary, int[] byteTokens, int unknown, boolean fuseUnknown) {
			LongMap tokens = new LongMap(8192);
			vocabulary.forEach((text, id) -> {
				if (!text.isEmpty() && text.codePointCount(0, text.length()) == 1) {
					tokens.putIfAbsent(text.codePointAt(0), id);
				}
			});
			return new OfCharacters(tokens, byteTokens, unknown, fuseUnknown);
		}

		@Override
		public int write(String piece, Merger merger) {
			int[] symbols = merger.symbols(piece.length() * 4);
			int count = 0;
			for (int i = 0; i < piece.length();) {
				int codePoint = piece.codePointAt(i);
				long token = this.tokens.get(codePoint);
				if (token != LongMap.MISSING) {
					symbols[count++] = (int) token;
				}
				else {
					count = writeUnknown(codePoint, symbols, count);
				}
				i += Character.charCount(codePoint);
			}
			return count;
		}

		private int writeUnknown(int codePoint, int[] symbols, int count) {
			byte[] bytes = Character.toString(codePoint).getBytes(StandardCharsets.UTF_8);
			int end = count;
			for (byte value : bytes) {
				int token = this.byteTokens[value & 0xFF];
				if (token == NONE) {
					return writeUnknown(symbols, count);
				}
				symbols[end++] = token;
			}
			return end;
		}

		private int writeUnknown(int[] symbols, int count) {
			boolean fuse = this.fuseUnknown && count > 0 && symbols[count - 1] == this.unknown;
			if (this.unknown != NONE && !fuse) {
				symbols[count++] = this.unknown;
			}
			return count;
		}

	}

}
