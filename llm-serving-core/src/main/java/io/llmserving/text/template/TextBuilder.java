package io.llmserving.text.template;

import java.util.Arrays;

/**
 * Builds a {@link Text} from pieces, keeping the trust of each. Not for use by several
 * threads.
 */
final class TextBuilder {

	private final StringBuilder value = new StringBuilder();

	private boolean firstTrusted = true;

	private boolean lastTrusted = true;

	private int[] cuts = new int[4];

	private int cutCount;

	int length() {
		return this.value.length();
	}

	TextBuilder append(String piece, boolean trusted) {
		if (!piece.isEmpty()) {
			mark(trusted);
			this.value.append(piece);
		}
		return this;
	}

	TextBuilder append(Text piece) {
		return append(piece, 0, piece.value().length());
	}

	TextBuilder append(Text piece, int from, int to) {
		if (from >= to) {
			return this;
		}
		int[] changes = piece.cuts();
		int found = Arrays.binarySearch(changes, from);
		int index = (found >= 0) ? found + 1 : -found - 1;
		boolean trusted = piece.firstTrusted() == (index % 2 == 0);
		int start = from;
		while (index < changes.length && changes[index] < to) {
			mark(trusted);
			this.value.append(piece.value(), start, changes[index]);
			start = changes[index++];
			trusted = !trusted;
		}
		mark(trusted);
		this.value.append(piece.value(), start, to);
		return this;
	}

	Text build() {
		return Text.mixed(this.value.toString(), this.firstTrusted, Arrays.copyOf(this.cuts, this.cutCount));
	}

	private void mark(boolean trusted) {
		if (this.value.isEmpty()) {
			this.firstTrusted = trusted;
		}
		else if (trusted != this.lastTrusted) {
			if (this.cutCount == this.cuts.length) {
				this.cuts = Arrays.copyOf(this.cuts, 2 * this.cutCount);
			}
			this.cuts[this.cutCount++] = this.value.length();
		}
		this.lastTrusted = trusted;
	}

}
