package io.llmserving.text;

import java.util.List;
import java.util.function.Consumer;

/**
 * Cuts text into the pieces within which tokens are merged.
 */
@FunctionalInterface
interface PreTokenizer {

	/** Leaves the text whole. */
	PreTokenizer NONE = (text, atStart, pieces) -> pieces.accept(text);

	/**
	 * Gives the text's pieces, none of them empty, in order.
	 * @param atStart whether nothing precedes this text, not even a special token
	 */
	void split(String text, boolean atStart, Consumer<String> pieces);

	/**
	 * Returns a pre-tokenizer that cuts the pieces of each of these by the next.
	 */
	static PreTokenizer sequence(List<PreTokenizer> steps) {
		if (steps.isEmpty()) {
			return NONE;
		}
		if (steps.size() == 1) {
			return steps.getFirst();
		}
		PreTokenizer first = steps.getFirst();
		PreTokenizer rest = sequence(steps.subList(1, steps.size()));
		return (text, atStart, pieces) -> {
			boolean[] start = { atStart };
			first.split(text, atStart, (piece) -> {
				rest.split(piece, start[0], pieces);
				start[0] = false;
			});
		};
	}

}
