package io.llmserving.text.template;

import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * A Python string that knows of each of its characters whether it is trusted, that is,
 * whether it was written by the template's author. Also Python's {@code Markup} where
 * {@link #markup} is set. Immutable.
 */
final class Text {

	private static final int[] NO_CUTS = new int[0];

	static final Text EMPTY = new Text("", true, NO_CUTS, false);

	private final String value;

	private final boolean firstTrusted;

	/** Ascending positions inside the value at which the trust changes. */
	private final int[] cuts;

	private final boolean markup;

	private Text(String value, boolean firstTrusted, int[] cuts, boolean markup) {
		this.value = value;
		this.firstTrusted = firstTrusted;
		this.cuts = cuts;
		this.markup = markup;
	}

	static Text of(String value, boolean trusted) {
		return new Text(value, trusted, NO_CUTS, false);
	}

	static Text trusted(String value) {
		return of(value, true);
	}

	static Text mixed(String value, boolean firstTrusted, int[] cuts) {
		return new Text(value, firstTrusted, cuts, false);
	}

	String value() {
		return this.value;
	}

	boolean firstTrusted() {
		return this.firstTrusted;
	}

	int[] cuts() {
		return this.cuts;
	}

	boolean markup() {
		return this.markup;
	}

	Text markup(boolean markup) {
		return (markup == this.markup) ? this : new Text(this.value, this.firstTrusted, this.cuts, markup);
	}

	boolean uniform() {
		return this.cuts.length == 0;
	}

	/** Whether no character stems from an untrusted value. */
	boolean trusted() {
		return this.value.isEmpty() || (this.firstTrusted && uniform());
	}

	boolean isEmpty() {
		return this.value.isEmpty();
	}

	/** Returns the length as Python counts it, in code points. */
	int length() {
		return this.value.codePointCount(0, this.value.length());
	}

	/** Returns the part between two UTF-16 positions, a plain string of the same kind. */
	Text substring(int from, int to) {
		if (from == 0 && to == this.value.length()) {
			return this;
		}
		TextBuilder builder = new TextBuilder();
		builder.append(this, from, to);
		return builder.build().markup(this.markup);
	}

	/** Returns the characters as strings of one code point each. */
	Iterator<Object> characters() {
		return new Iterator<>() {
			private int at;

			@Override
			public boolean hasNext() {
				return this.at < Text.this.value.length();
			}

			@Override
			public Object next() {
				if (!hasNext()) {
					throw new NoSuchElementException();
				}
				int from = this.at;
				this.at = Text.this.value.offsetByCodePoints(from, 1);
				return substring(from, this.at).markup(false);
			}
		};
	}

	/**
	 * Returns another string made of this one alone: trusted only if all of this is.
	 */
	Text with(String changed) {
		return new Text(changed, trusted(), NO_CUTS, this.markup);
	}

	@Override
	public boolean equals(Object other) {
		return other instanceof Text text && text.value.equals(this.value);
	}

	@Override
	public int hashCode() {
		return this.value.hashCode();
	}

	@Override
	public String toString() {
		return this.value;
	}

}
