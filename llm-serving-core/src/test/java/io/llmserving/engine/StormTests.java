package io.llmserving.engine;

import java.util.EnumMap;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import io.llmserving.cache.Mutation;
import io.llmserving.engine.Counters.Kind;

import static org.assertj.core.api.Assertions.assertThat;

class StormTests {

	private static final int SEEDS = 120;

	@Test
	void answersDoNotDependOnBatchHitsForksPreemptionAndDepth() {
		Map<Kind, Long> sums = new EnumMap<>(Kind.class);
		long[] depths = new long[4];
		long batch = 0;
		long shared = 0;
		for (long seed = 1; seed <= SEEDS; seed++) {
			Storm storm = new Storm(seed, Mutation.NONE);
			try {
				storm.run();
			}
			catch (RuntimeException | AssertionError ex) {
				throw new AssertionError("seed %d, %s".formatted(seed, storm.shape), ex);
			}
			for (Kind kind : Kind.values()) {
				sums.merge(kind, storm.get(kind), Long::sum);
			}
			batch = Math.max(batch, storm.engine.runner().largestBatch);
			shared += storm.engine.runner().sharedItems;
			depths[storm.engine.runner().largestFlight]++;
		}
		System.out.printf("%d seeds: %s, batch %d, shared items %d, in flight %s%n", SEEDS, sums, batch, shared,
				java.util.Arrays.toString(depths));
		assertThat(sums.get(Kind.PREFIX_HITS)).as("hits").isGreaterThan(SEEDS);
		assertThat(sums.get(Kind.PREEMPTIONS)).as("preemptions").isGreaterThan(SEEDS);
		assertThat(sums.get(Kind.FORKS)).as("forks").isGreaterThan(SEEDS / 2);
		assertThat(sums.get(Kind.CANCELLED)).as("cancelled").isGreaterThan(SEEDS);
		assertThat(batch).as("largest batch").isGreaterThan(4);
		assertThat(shared).as("shared attention items").isGreaterThan(SEEDS);
		assertThat(depths[2]).as("runs with two steps in flight").isPositive();
		assertThat(depths[3]).as("runs with three steps in flight").isPositive();
	}

	@ParameterizedTest
	@EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
	void everySeededBugIsCaught(Mutation mutation) {
		for (long seed = 1; seed <= SEEDS; seed++) {
			try {
				new Storm(seed, mutation).run();
			}
			catch (RuntimeException | AssertionError ex) {
				System.out.printf("%s: seed %d: %s%n", mutation, seed, ex.getMessage());
				return;
			}
		}
		throw new AssertionError("%s was not caught in %d seeds".formatted(mutation, SEEDS));
	}

}
