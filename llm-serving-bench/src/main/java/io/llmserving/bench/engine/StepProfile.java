package io.llmserving.bench.engine;

import java.util.EnumMap;
import java.util.Map;

import io.llmserving.bench.machine.Peaks;
import io.llmserving.runtime.StepPart;
import org.jspecify.annotations.Nullable;

/**
 * Where the time of steps goes, and how near each part is to what the machine can do.
 *
 * @param steps how many were measured
 * @param parts those that took time or had something to do
 * @param step all of them together
 */
record StepProfile(int steps, Map<StepPart, Cost> parts, Cost step) {

	/**
	 * An average step's cost, or that of a part of it.
	 *
	 * @param share of the step's time, 0 to 1
	 * @param gigaOperations 10^9 operations
	 * @param megabytes 10^6 bytes from or to memory
	 * @param gigaOperationsPerSecond that were reached
	 * @param gigabytesPerSecond that were reached
	 * @param roofline the time that the machine's peaks allow over the time taken, 0 to
	 * 1; null where there is nothing to compute or to read, or the peaks are unknown
	 */
	record Cost(double milliseconds, double share, double gigaOperations, double megabytes,
			double gigaOperationsPerSecond, double gigabytesPerSecond, @Nullable Double roofline) {

		private static Cost of(double seconds, double stepSeconds, Work work, double leastSeconds) {
			boolean timed = seconds > 0;
			return new Cost(seconds * 1e3, timed ? seconds / stepSeconds : 0, work.operations() / 1e9,
					work.bytes() / 1e6, timed ? work.operations() / 1e9 / seconds : 0,
					timed ? work.bytes() / 1e9 / seconds : 0,
					(timed && leastSeconds > 0) ? leastSeconds / seconds : null);
		}

	}

	/**
	 * Puts times and work of so many steps together.
	 */
	static StepProfile of(Map<StepPart, Long> nanos, int steps, Map<StepPart, Map<Arithmetic, Work>> work,
			@Nullable Peaks peaks) {
		double stepSeconds = nanos.values().stream().mapToLong(Long::longValue).sum() / 1e9 / steps;
		Map<StepPart, Cost> parts = new EnumMap<>(StepPart.class);
		Work all = Work.NONE;
		double allLeast = 0;
		for (StepPart part : StepPart.values()) {
			double seconds = nanos.getOrDefault(part, 0L) / 1e9 / steps;
			Work sum = Work.NONE;
			double least = 0;
			for (Map.Entry<Arithmetic, Work> entry : work.getOrDefault(part, Map.of()).entrySet()) {
				Work one = new Work(entry.getValue().operations() / steps, entry.getValue().bytes() / steps);
				sum = sum.plus(one);
				least += (peaks != null) ? one.leastSeconds(entry.getKey(), peaks) : 0;
			}
			if (seconds > 0 || !sum.equals(Work.NONE)) {
				parts.put(part, Cost.of(seconds, stepSeconds, sum, least));
			}
			all = all.plus(sum);
			allLeast += least;
		}
		return new StepProfile(steps, parts, Cost.of(stepSeconds, stepSeconds, all, allLeast));
	}

}
