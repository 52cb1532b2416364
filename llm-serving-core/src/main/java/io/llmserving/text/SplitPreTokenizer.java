package io.llmserving.text;

import java.util.function.Consumer;

/**
 * Cuts text at the matches of a pattern. Source: the "Split" pre-tokenizer of Hugging
 * Face's tokenizers.
 *
 * @param pattern what is matched; empty matches are ignored
 * @param behavior what becomes of the matches
 * @param invert whether the text between matches plays their part
 */
record SplitPreTokenizer(BoundedPattern pattern, Behavior behavior, boolean invert) implements PreTokenizer {

	/**
	 * What becomes of the matches.
	 */
	enum Behavior {

		/** They are pieces. */
		ISOLATED,

		/** They are left out. */
		REMOVED,

		/** Each ends the piece before it. */
		MERGED_WITH_PREVIOUS,

		/** Each begins the piece after it. */
		MERGED_WITH_NEXT,

		/** Adjacent ones are one piece. */
		CONTIGUOUS

	}

	static PreTokenizer isolated(String regex) {
		return new SplitPreTokenizer(BoundedPattern.compile(regex), Behavior.ISOLATED, false);
	}

	@Override
	public void split(String text, boolean atStart, Consumer<String> pieces) {
		Pieces cut = new Pieces(text, this.behavior, pieces);
		int[] last = { 0 };
		this.pattern.find(text, (start, end) -> {
			cut.add(last[0], start, this.invert);
			cut.add(start, end, !this.invert);
			last[0] = end;
		});
		cut.add(last[0], text.length(), this.invert);
		cut.flush();
	}

	/**
	 * Joins neighbours as the behaviour asks. A piece is held back until its successor
	 * shows that it is complete.
	 */
	private static final class Pieces {

		private final String text;

		private final Behavior behavior;

		private final Consumer<String> sink;

		private int start;

		private int end;

		private boolean heldIsMatch;

		private boolean previousIsMatch;

		Pieces(String text, Behavior behavior, Consumer<String> sink) {
			this.text = text;
			this.behavior = behavior;
			this.sink = sink;
		}

		void add(int from, int to, boolean match) {
			if (from == to) {
				return;
			}
			boolean joins = this.end > this.start && switch (this.behavior) {
				case ISOLATED, REMOVED -> false;
				case CONTIGUOUS -> match == this.heldIsMatch;
				case MERGED_WITH_PREVIOUS -> match && !this.previousIsMatch;
				case MERGED_WITH_NEXT -> !match && this.heldIsMatch;
			};
			if (!joins) {
				flush();
				this.start = from;
			}
			this.end = to;
			this.heldIsMatch = match;
			this.previousIsMatch = match;
		}

		void flush() {
			boolean removed = this.behavior == Behavior.REMOVED && this.heldIsMatch;
			if (this.end > this.start && !removed) {
				this.sink.accept(this.text.substring(this.start, this.end));
			}
			this.start = this.end;
		}

	}

}
