package io.llmserving.text;

import java.util.function.Consumer;

/**
 * Writes spaces as a visible character, as SentencePiece does, and cuts before each of
 * them. Source: the "Metaspace" pre-tokenizer of Hugging Face's tokenizers.
 *
 * @param replacement the visible character, usually U+2581
 * @param prefix where one is put in front of the text if it has none there
 * @param splitter cuts before each of them
 */
record MetaspacePreTokenizer(String replacement, Prefix prefix, PreTokenizer splitter) implements PreTokenizer {

	/**
	 * Where a space is put in front of text.
	 */
	enum Prefix {

		NEVER, FIRST, ALWAYS

	}

	static MetaspacePreTokenizer of(String replacement, Prefix prefix, boolean split) {
		PreTokenizer splitter = split ? new SplitPreTokenizer(BoundedPattern.literal(replacement),
				SplitPreTokenizer.Behavior.MERGED_WITH_NEXT, false) : PreTokenizer.NONE;
		return new MetaspacePreTokenizer(replacement, prefix, splitter);
	}

	@Override
	public void split(String text, boolean atStart, Consumer<String> pieces) {
		String visible = text.replace(" ", this.replacement);
		boolean prefixed = this.prefix == Prefix.ALWAYS || this.prefix == Prefix.FIRST && atStart;
		if (prefixed && !visible.startsWith(this.replacement)) {
			visible = this.replacement + visible;
		}
		this.splitter.split(visible, atStart, pieces);
	}

}
