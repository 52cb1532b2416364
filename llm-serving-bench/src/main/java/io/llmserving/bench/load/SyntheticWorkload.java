package io.llmserving.bench.load;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Prompts of random words: a prefix that several share, then words of their own.
 *
 * @param bodies writes the requests
 * @param shared words of a shared prefix, 0 for none
 * @param prefixes number of different shared prefixes, used in turn
 * @param own words of each prompt's own
 * @param output tokens of each answer
 * @param seed fixes all of them
 */
public record SyntheticWorkload(RequestBodies bodies, int shared, int prefixes, Lengths own, Lengths output,
		long seed) implements Workload {

	@Override
	public List<PlannedRequest> requests(int count, int run) {
		SplittableRandom random = new SplittableRandom(mix(this.seed, run, -1));
		List<PlannedRequest> requests = new ArrayList<>(count);
		for (int i = 0; i < count; i++) {
			requests.add(this.bodies.request(prompt(i, run, this.own.draw(random)), this.output.draw(random)));
		}
		return requests;
	}

	private String prompt(int index, int run, int words) {
		String tail = Words.of(words, mix(this.seed, run, index));
		if (this.shared == 0) {
			return tail;
		}
		return Words.of(this.shared, mix(this.seed, -1, index % this.prefixes)) + " " + tail;
	}

	/**
	 * Different for different numbers: the finalizer of SplitMix64 (Steele et al. 2014).
	 */
	private static long mix(long seed, long run, long index) {
		long z = seed * 0x9E3779B97F4A7C15L + run * 0xBF58476D1CE4E5B9L + index * 0x94D049BB133111EBL;
		z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
		z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
		return z ^ (z >>> 31);
	}

}
