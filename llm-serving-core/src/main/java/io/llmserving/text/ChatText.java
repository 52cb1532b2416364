package io.llmserving.text;

import java.util.List;

/**
 * A rendered conversation.
 *
 * @param text the whole text
 * @param segments what of it comes from the template and what from messages: ascending,
 * without overlap; what no segment covers is not trusted
 */
public record ChatText(String text, List<Segment> segments) {

	/**
	 * A part of the text, in UTF-16 units.
	 *
	 * @param start where it begins
	 * @param end where it ends, exclusive
	 * @param trusted whether special tokens written in it become tokens
	 */
	public record Segment(int start, int end, boolean trusted) {
	}

	public ChatText {
		segments = List.copyOf(segments);
		int last = 0;
		for (Segment segment : segments) {
			if (segment.start < last || segment.end < segment.start || segment.end > text.length()) {
				throw new IllegalArgumentException("Segment %s of a text of %d characters overlaps or exceeds it"
					.formatted(segment, text.length()));
			}
			last = segment.end;
		}
	}

}
