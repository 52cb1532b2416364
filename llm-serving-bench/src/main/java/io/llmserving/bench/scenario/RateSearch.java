package io.llmserving.bench.scenario;

import java.util.ArrayList;
import java.util.List;

/**
 * Finds the highest rate that passes a trial: doubles until one fails, then bisects.
 */
final class RateSearch {

	private static final int MOST_DOUBLINGS = 20;

	private final double resolution;

	private final List<Step> steps = new ArrayList<>();

	/**
	 * @param resolution the search ends when the rate that fails is at most this share
	 * above the one that passes
	 */
	RateSearch(double resolution) {
		if (!(resolution > 0)) {
			throw new IllegalArgumentException("A resolution of %s is not above 0".formatted(resolution));
		}
		this.resolution = resolution;
	}

	/**
	 * Searches.
	 * @param start a rate to begin with
	 * @return the highest rate that passed, 0 if even a thousandth of the start fails
	 */
	double search(double start, Trial trial) throws InterruptedException {
		double passes = 0;
		double fails = Double.POSITIVE_INFINITY;
		double rate = start;
		for (int i = 0; i < MOST_DOUBLINGS && Double.isInfinite(fails); i++) {
			if (tried(rate, trial)) {
				passes = rate;
				rate *= 2;
			}
			else {
				fails = rate;
			}
		}
		while (fails - passes > this.resolution * Math.max(passes, start / 1000)) {
			double middle = (passes + fails) / 2;
			if (tried(middle, trial)) {
				passes = middle;
			}
			else {
				fails = middle;
			}
		}
		return passes;
	}

	private boolean tried(double rate, Trial trial) throws InterruptedException {
		boolean passed = trial.passes(rate, this.steps.size());
		this.steps.add(new Step(rate, passed));
		return passed;
	}

	/**
	 * Returns what was tried, in order.
	 */
	List<Step> steps() {
		return List.copyOf(this.steps);
	}

	/**
	 * A rate that was tried.
	 */
	record Step(double rate, boolean passed) {
	}

	/**
	 * Tries a rate.
	 */
	@FunctionalInterface
	interface Trial {

		boolean passes(double rate, int number) throws InterruptedException;

	}

}
