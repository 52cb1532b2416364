package io.llmserving.engine;

/**
 * How fast sequences leave a queue for the batch while others wait behind them, as moving
 * mean and variance of the time between two: when all places of the batch are taken, that
 * is how fast they become free. Written by the engine's thread, read by all.
 */
final class DrainPace {

	private static final double LEAST_WEIGHT = 1.0 / 8;

	private volatile double mean;

	private volatile double variance;

	private long last;

	private int intervals = -1;

	/** Tells that a sequence left the queue for the batch. */
	void left(long now) {
		if (++this.intervals > 0) {
			double weight = Math.max(LEAST_WEIGHT, 1.0 / this.intervals);
			double difference = now - this.last - this.mean;
			this.mean += weight * difference;
			this.variance = (1 - weight) * (this.variance + weight * difference * difference);
		}
		this.last = now;
	}

	/** Tells that nobody waits any more: places may be free, so nothing is known. */
	void empty() {
		this.intervals = -1;
		this.mean = 0;
		this.variance = 0;
	}

	/**
	 * Returns in how many nanoseconds so many sequences will have left, one standard
	 * deviation after the mean: five times out of six it takes less, if times are
	 * independent of each other. 0 if unknown.
	 */
	long nanos(int sequences) {
		return (long) (sequences * this.mean + Math.sqrt(sequences * this.variance));
	}

}
