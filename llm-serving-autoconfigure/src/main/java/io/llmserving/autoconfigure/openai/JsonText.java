package io.llmserving.autoconfigure.openai;

import java.util.Locale;

import org.jspecify.annotations.Nullable;

/**
 * Writes JSON of a known shape: prebuilt parts as they are, values escaped.
 */
final class JsonText {

	private static final char[] HEX = "0123456789abcdef".toCharArray();

	private final StringBuilder out = new StringBuilder(256);

	JsonText raw(String part) {
		this.out.append(part);
		return this;
	}

	JsonText number(long value) {
		this.out.append(value);
		return this;
	}

	/**
	 * Writes a logprob; what JSON cannot say becomes the lowest one.
	 */
	JsonText logprob(float value) {
		if (Float.isNaN(value)) {
			this.out.append("null");
		}
		else if (Float.isInfinite(value)) {
			this.out.append("-9999.0");
		}
		else {
			this.out.append(Float.toString(value).toLowerCase(Locale.ROOT));
		}
		return this;
	}

	JsonText string(@Nullable String value) {
		if (value == null) {
			this.out.append("null");
			return this;
		}
		this.out.append('"');
		for (int i = 0; i < value.length(); i++) {
			escape(value.charAt(i));
		}
		this.out.append('"');
		return this;
	}

	JsonText bytes(byte[] value) {
		this.out.append('[');
		for (int i = 0; i < value.length; i++) {
			this.out.append((i > 0) ? "," : "").append(value[i] & 0xff);
		}
		this.out.append(']');
		return this;
	}

	boolean isEmpty() {
		return this.out.isEmpty();
	}

	@Override
	public String toString() {
		return this.out.toString();
	}

	private void escape(char c) {
		switch (c) {
			case '"' -> this.out.append("\\\"");
			case '\\' -> this.out.append("\\\\");
			case '\n' -> this.out.append("\\n");
			case '\r' -> this.out.append("\\r");
			case '\t' -> this.out.append("\\t");
			default -> {
				if (c < 0x20 || c == 0x2028 || c == 0x2029) {
					this.out.append("\\u").append(HEX[c >> 12]).append(HEX[(c >> 8) & 15]);
					this.out.append(HEX[(c >> 4) & 15]).append(HEX[c & 15]);
				}
				else {
					this.out.append(c);
				}
			}
		}
	}

}
