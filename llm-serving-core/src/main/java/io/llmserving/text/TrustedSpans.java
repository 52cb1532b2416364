package io.llmserving.text;

import java.util.Arrays;
import java.util.List;

/**
 * The parts of a text in which special tokens are parsed. Adjacent trusted segments count
 * as one.
 */
final class TrustedSpans {

	static final TrustedSpans NOTHING = new TrustedSpans(new int[0], new int[0]);

	static final TrustedSpans EVERYTHING = new TrustedSpans(new int[] { 0 }, new int[] { Integer.MAX_VALUE });

	private final int[] starts;

	private final int[] ends;

	private TrustedSpans(int[] starts, int[] ends) {
		this.starts = starts;
		this.ends = ends;
	}

	static TrustedSpans of(List<ChatText.Segment> segments) {
		int[] starts = new int[segments.size()];
		int[] ends = new int[segments.size()];
		int count = 0;
		for (ChatText.Segment segment : segments) {
			if (!segment.trusted() || segment.start() == segment.end()) {
				continue;
			}
			if (count > 0 && ends[count - 1] == segment.start()) {
				ends[count - 1] = segment.end();
			}
			else {
				starts[count] = segment.start();
				ends[count++] = segment.end();
			}
		}
		return new TrustedSpans(Arrays.copyOf(starts, count), Arrays.copyOf(ends, count));
	}

	/**
	 * Returns whether all characters from the first to before the last are trusted.
	 */
	boolean contain(int from, int to) {
		int found = Arrays.binarySearch(this.starts, from);
		int span = (found >= 0) ? found : -found - 2;
		return span >= 0 && to <= this.ends[span];
	}

}
