package io.llmserving.text;

import java.util.function.IntConsumer;

import io.llmserving.api.InvalidRequestException;

/**
 * Turns plain text into token ids and back. Safe for use by many threads.
 */
public final class TextTokenizer {

	private final Parts parts;

	/**
	 * What a tokenizer is made of.
	 *
	 * @param added tokens found in the text as it stands
	 * @param normalizer rewrites the text between them
	 * @param addedNormalized tokens found in rewritten text
	 * @param preTokenizer cuts the rest
	 * @param model tokenizes the pieces
	 * @param prefix ids put before a text
	 * @param suffix ids put after a text
	 * @param bytes what each token stands for
	 */
	record Parts(AddedTokens added, Normalizer normalizer, AddedTokens addedNormalized, PreTokenizer preTokenizer,
			BytePairModel model, int[] prefix, int[] suffix, TokenBytes bytes) {
	}

	TextTokenizer(Parts parts) {
		this.parts = parts;
	}

	/**
	 * Turns text into token ids.
	 * @param addSpecial whether to add what the model expects around a plain text
	 * @param parseSpecial whether special tokens written in the text become those tokens
	 */
	public int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
		return encode(text, parseSpecial ? TrustedSpans.EVERYTHING : TrustedSpans.NOTHING, addSpecial);
	}

	/**
	 * Turns a rendered conversation into token ids. Special tokens are parsed where they
	 * lie within trusted segments; otherwise borders of segments do not show.
	 */
	public int[] encode(ChatText chat) {
		return encode(chat.text(), TrustedSpans.of(chat.segments()), false);
	}

	private int[] encode(String text, TrustedSpans trusted, boolean addSpecial) {
		IntList ids = new IntList(text.length() / 2);
		if (addSpecial) {
			ids.addAll(this.parts.prefix);
		}
		Merger merger = new Merger(this.parts.model.merges());
		IntConsumer add = ids::add;
		this.parts.added.split(wellFormed(text), trusted, true, add, (fragment, atStart) -> {
			String normalized = this.parts.normalizer.apply(fragment);
			this.parts.addedNormalized.split(normalized, TrustedSpans.NOTHING, atStart, add,
					(rest, restAtStart) -> this.parts.preTokenizer.split(rest, restAtStart,
							(piece) -> this.parts.model.encode(piece, merger, ids)));
		});
		if (addSpecial) {
			ids.addAll(this.parts.suffix);
		}
		return ids.toArray();
	}

	/**
	 * Turns token ids into text; an incomplete or malformed UTF-8 sequence becomes
	 * U+FFFD.
	 * @param skipSpecial whether special tokens leave no text
	 * @throws InvalidRequestException if an id is not in the vocabulary
	 */
	public String decode(int[] ids, boolean skipSpecial) {
		TokenBytes bytes = this.parts.bytes;
		StringBuilder text = new StringBuilder();
		Detokenizer detokenizer = new Detokenizer(bytes.leadingSpace());
		for (int id : ids) {
			if (id < 0 || id >= bytes.size()) {
				throw new InvalidRequestException(
						"Token id %d is not in the vocabulary of %d tokens".formatted(id, bytes.size()), "tokens",
						"invalid_token_id");
			}
			detokenizer.append(skipSpecial ? bytes.text(id) : bytes.bytes(id), text);
		}
		detokenizer.finish(text);
		return text.toString();
	}

	/**
	 * Returns what each token stands for.
	 */
	public TokenBytes tokenBytes() {
		return this.parts.bytes;
	}

	/**
	 * Replaces unpaired surrogates, which no UTF-8 text has.
	 */
	private static String wellFormed(String text) {
		StringBuilder mended = null;
		for (int i = 0; i < text.length(); i++) {
			if (!Character.isSurrogate(text.charAt(i))) {
				continue;
			}
			if (text.codePointAt(i) > 0xFFFF) {
				i++;
				continue;
			}
			mended = (mended != null) ? mended : new StringBuilder(text);
			mended.setCharAt(i, '\uFFFD');
		}
		return (mended != null) ? mended.toString() : text;
	}

}
