package io.llmserving.text;

import java.util.Map;

/**
 * A byte-pair vocabulary: from a piece of text to token ids.
 *
 * @param symbols the piece before any merge
 * @param merges which pairs merge, see {@link Merger}
 * @param wholePieces tokens by their text, for vocabularies that take a piece that is a
 * token as it is, without merges; empty for the others
 */
record BytePairModel(Symbols symbols, LongMap merges, Map<String, Integer> wholePieces) {

	void encode(String piece, Merger merger, IntList out) {
		Integer whole = this.wholePieces.get(piece);
		if (whole != null) {
			out.add(whole);
			return;
		}
		merger.merge(this.symbols.write(piece, merger), out);
	}

}
