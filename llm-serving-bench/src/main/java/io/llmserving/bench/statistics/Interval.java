package io.llmserving.bench.statistics;

import java.util.Locale;

/**
 * An estimate with its 95 % interval.
 */
public record Interval(double value, double low, double high) {

	/**
	 * Returns the estimate and its interval, rounded for people.
	 */
	public String text() {
		int digits = (Math.abs(this.value) >= 100) ? 0 : (Math.abs(this.value) >= 10) ? 1 : 2;
		String number = "%." + digits + "f";
		return String.format(Locale.ROOT, number + " (" + number + " to " + number + ")", this.value, this.low,
				this.high);
	}

}
