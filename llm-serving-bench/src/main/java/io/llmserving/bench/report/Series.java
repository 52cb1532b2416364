package io.llmserving.bench.report;

import java.util.List;

/**
 * A server's line in a plot.
 */
public record Series(String name, List<Point> points) {

	/**
	 * What a server does at one load.
	 *
	 * @param load streams or requests per second that were offered
	 * @param tokensPerSecond generated tokens per second
	 * @param latency milliseconds
	 */
	public record Point(double load, double tokensPerSecond, double latency) {
	}

}
