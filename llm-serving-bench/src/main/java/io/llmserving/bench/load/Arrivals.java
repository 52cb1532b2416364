package io.llmserving.bench.load;

import java.util.SplittableRandom;

/**
 * When requests of an open loop arrive, whatever became of those before.
 */
public enum Arrivals {

	/** Independently of each other: gaps are exponentially distributed. */
	POISSON {
		@Override
		double gap(SplittableRandom random) {
			return -Math.log1p(-random.nextDouble());
		}
	},

	/** Evenly spaced. */
	CONSTANT {
		@Override
		double gap(SplittableRandom random) {
			return 1;
		}
	};

	abstract double gap(SplittableRandom random);

	/**
	 * Returns when each request arrives, in nanoseconds after the start.
	 * @param rate requests per second
	 */
	public long[] times(int count, double rate, long seed) {
		if (!(rate > 0)) {
			throw new IllegalArgumentException("A rate of %s requests/s is not above 0".formatted(rate));
		}
		SplittableRandom random = new SplittableRandom(seed);
		long[] times = new long[count];
		double now = 0;
		for (int i = 0; i < count; i++) {
			now += gap(random) / rate;
			times[i] = Math.round(now * 1e9);
		}
		return times;
	}

}
