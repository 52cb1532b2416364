package io.llmserving.bench.load;

import org.jspecify.annotations.Nullable;

/**
 * What came of a request. Times are {@link System#nanoTime()}.
 *
 * @param status HTTP status, 0 if there was none
 * @param error what went wrong, null if nothing did
 * @param due when the request should have been sent: what times are measured from, so
 * that a generator that lags does not flatter the server
 * @param sent when it was
 * @param arrivals when events with output came
 * @param end when the answer ended
 * @param promptTokens as the server counts them, 0 if it does not say
 * @param cachedTokens those of them that the server had in its cache
 * @param completionTokens as the server counts them, else events with output
 * @param counted whether the server counted
 */
public record Answer(Outcome outcome, int status, @Nullable String error, long due, long sent, long[] arrivals,
		long end, int promptTokens, int cachedTokens, int completionTokens, boolean counted) {

	/**
	 * Returns the milliseconds until the first output.
	 */
	public double timeToFirstToken() {
		return milliseconds(this.arrivals[0] - this.due);
	}

	/**
	 * Returns the milliseconds until the last output.
	 */
	public double endToEnd() {
		return milliseconds(last() - this.due);
	}

	/**
	 * Returns the milliseconds per token after the first: what a reader experiences.
	 */
	public double timePerOutputToken() {
		return milliseconds(last() - this.arrivals[0]) / Math.max(1, this.completionTokens - 1);
	}

	/**
	 * Returns the milliseconds between events with output.
	 */
	public double[] gaps() {
		double[] gaps = new double[Math.max(0, this.arrivals.length - 1)];
		for (int i = 0; i < gaps.length; i++) {
			gaps[i] = milliseconds(this.arrivals[i + 1] - this.arrivals[i]);
		}
		return gaps;
	}

	public boolean completed() {
		return this.outcome == Outcome.COMPLETED;
	}

	private long last() {
		return this.arrivals[this.arrivals.length - 1];
	}

	private static double milliseconds(long nanos) {
		return nanos / 1e6;
	}

}
