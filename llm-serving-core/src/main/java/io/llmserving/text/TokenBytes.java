package io.llmserving.text;

import java.util.BitSet;

import io.llmserving.api.Tokenizer;

/**
 * What each token of a vocabulary stands for, in bytes. Immutable, save that the arrays
 * are shared for speed; safe for use by many threads.
 */
public final class TokenBytes {

	private static final byte[] NOTHING = {};

	private final byte[][] bytes;

	private final BitSet special;

	private final boolean leadingSpace;

	/**
	 * @param bytes by id
	 * @param special the ids of special tokens
	 * @param leadingSpace whether encoding puts a space in front of a text, which
	 * decoding takes away
	 */
	TokenBytes(byte[][] bytes, BitSet special, boolean leadingSpace) {
		this.bytes = bytes;
		this.special = special;
		this.leadingSpace = leadingSpace;
	}

	/**
	 * Returns the table of any tokenizer: its own, or one made by asking for each id.
	 */
	public static TokenBytes of(Tokenizer tokenizer) {
		if (tokenizer instanceof ModelTokenizer model) {
			return model.tokenBytes();
		}
		byte[][] bytes = new byte[tokenizer.vocabularySize()][];
		BitSet special = new BitSet();
		for (int id = 0; id < bytes.length; id++) {
			bytes[id] = tokenizer.bytes(id);
			special.set(id, tokenizer.isSpecial(id));
		}
		return new TokenBytes(bytes, special, false);
	}

	/**
	 * Returns the exact bytes of the token, those of its name if it is special. Nothing
	 * for an id without a token, such as the padding rows of a model's head.
	 * @return an array of this table, which nobody may change
	 */
	public byte[] bytes(int id) {
		return (id >= 0 && id < this.bytes.length) ? this.bytes[id] : NOTHING;
	}

	/**
	 * Returns the bytes that the token adds to a text: nothing if it is special.
	 * @return an array of this table, which nobody may change
	 */
	public byte[] text(int id) {
		return isSpecial(id) ? NOTHING : bytes(id);
	}

	/**
	 * Returns whether the token is special, that is, never produced from plain text.
	 */
	public boolean isSpecial(int id) {
		return id >= 0 && this.special.get(id);
	}

	/**
	 * Returns the number of ids.
	 */
	public int size() {
		return this.bytes.length;
	}

	/**
	 * Returns whether encoding puts a space in front of a text, which decoding of the
	 * whole text takes away.
	 */
	public boolean leadingSpace() {
		return this.leadingSpace;
	}

}
