package io.llmserving.text.template;

import java.util.ArrayList;
import java.util.List;

/**
 * A rendered prompt. The segments cover the text without gaps, in order, neighbours
 * differing in trust. They say where special tokens may be recognized (wholly inside one
 * trusted segment), not where text may be split for tokenization otherwise.
 *
 * @param text the prompt
 * @param segments which parts were written by the template's author and which stem from
 * values; empty for an empty text
 */
public record Rendering(String text, List<Segment> segments) {

	public Rendering {
		segments = List.copyOf(segments);
	}

	static Rendering of(Text text) {
		List<Segment> segments = new ArrayList<>();
		boolean trusted = text.firstTrusted();
		int start = 0;
		for (int cut : text.cuts()) {
			segments.add(new Segment(start, cut, trusted));
			start = cut;
			trusted = !trusted;
		}
		if (start < text.value().length()) {
			segments.add(new Segment(start, text.value().length(), trusted));
		}
		return new Rendering(text.value(), segments);
	}

	/**
	 * A part of the text.
	 *
	 * @param start its first position, in UTF-16 units
	 * @param end the position after its last
	 * @param trusted whether special tokens may be recognized in it
	 */
	public record Segment(int start, int end, boolean trusted) {
	}

}
