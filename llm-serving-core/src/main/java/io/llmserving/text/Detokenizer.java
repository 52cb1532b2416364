package io.llmserving.text;

/**
 * Turns the bytes of tokens into text as they come. A character appears when its last
 * byte does, never in halves. Each maximal part of a sequence that is malformed or
 * incomplete becomes one U+FFFD, wherever the chunks are cut. Source: "UTF-8 decoder" of
 * the WHATWG encoding standard. Confined to one thread.
 */
public final class Detokenizer {

	private static final char REPLACEMENT = '\uFFFD';

	private boolean dropSpace;

	private int codePoint;

	private int needed;

	private int lower = 0x80;

	private int upper = 0xBF;

	/**
	 * @param dropLeadingSpace whether a space that is the first byte of all is left out:
	 * for whole texts of vocabularies with {@link TokenBytes#leadingSpace}, not for text
	 * that continues a prompt
	 */
	public Detokenizer(boolean dropLeadingSpace) {
		this.dropSpace = dropLeadingSpace;
	}

	/**
	 * Appends the characters that these bytes complete.
	 */
	public void append(byte[] bytes, StringBuilder out) {
		append(bytes, 0, bytes.length, out);
	}

	/**
	 * Appends the characters that the bytes from the first to before the last complete.
	 */
	public void append(byte[] bytes, int from, int to, StringBuilder out) {
		int start = from;
		if (this.dropSpace && from < to) {
			this.dropSpace = false;
			start = (bytes[from] == ' ') ? from + 1 : from;
		}
		for (int i = start; i < to; i++) {
			accept(bytes[i] & 0xFF, out);
		}
	}

	/**
	 * Ends the text: an incomplete character becomes U+FFFD.
	 */
	public void finish(StringBuilder out) {
		if (this.needed > 0) {
			this.needed = 0;
			out.append(REPLACEMENT);
		}
	}

	private void accept(int value, StringBuilder out) {
		if (this.needed == 0) {
			begin(value, out);
		}
		else if (value >= this.lower && value <= this.upper) {
			this.lower = 0x80;
			this.upper = 0xBF;
			this.codePoint = this.codePoint << 6 | value & 0x3F;
			if (--this.needed == 0) {
				out.appendCodePoint(this.codePoint);
			}
		}
		else {
			out.append(REPLACEMENT);
			begin(value, out);
		}
	}

	private void begin(int value, StringBuilder out) {
		this.needed = 0;
		this.lower = 0x80;
		this.upper = 0xBF;
		if (value < 0x80) {
			out.append((char) value);
		}
		else if (value >= 0xC2 && value <= 0xDF) {
			expect(1, value & 0x1F);
		}
		else if (value >= 0xE0 && value <= 0xEF) {
			this.lower = (value == 0xE0) ? 0xA0 : 0x80;
			this.upper = (value == 0xED) ? 0x9F : 0xBF;
			expect(2, value & 0x0F);
		}
		else if (value >= 0xF0 && value <= 0xF4) {
			this.lower = (value == 0xF0) ? 0x90 : 0x80;
			this.upper = (value == 0xF4) ? 0x8F : 0xBF;
			expect(3, value & 0x07);
		}
		else {
			out.append(REPLACEMENT);
		}
	}

	private void expect(int continuations, int bits) {
		this.needed = continuations;
		this.codePoint = bits;
	}

}
