package io.llmserving.bench.engine;

import io.llmserving.bench.machine.Peaks;

/**
 * Operations, and bytes from or to memory.
 */
record Work(double operations, double bytes) {

	static final Work NONE = new Work(0, 0);

	Work plus(Work other) {
		return new Work(this.operations + other.operations, this.bytes + other.bytes);
	}

	/**
	 * Returns the seconds that it takes at the machine's peaks: of computing or of
	 * reading, whichever is longer.
	 */
	double leastSeconds(Arithmetic arithmetic, Peaks peaks) {
		return Math.max(time(this.operations, arithmetic.peak(peaks)), time(this.bytes, peaks.readGbs()));
	}

	private static double time(double amount, double gigaPerSecond) {
		return (gigaPerSecond > 0) ? amount / (gigaPerSecond * 1e9) : 0;
	}

}
