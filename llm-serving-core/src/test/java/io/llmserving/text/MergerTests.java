package io.llmserving.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class MergerTests {

	@ParameterizedTest
	@ValueSource(longs = { 51, 52, 53 })
	void mergesAsScanningForTheLowestRankWould(long seed) {
		System.out.println("seed " + seed);
		Random random = new Random(seed);
		for (int round = 0; round < 300; round++) {
			LongMap merges = new LongMap(4);
			int symbols = 3;
			for (int i = random.nextInt(30); i > 0; i--) {
				// Ranks repeat, as equal scores make them.
				merges.putIfAbsent(Merger.pair(random.nextInt(symbols), random.nextInt(symbols)),
						(long) (i / 2) << 32 | symbols++);
			}
			Merger merger = new Merger(merges);
			for (int piece = 0; piece < 10; piece++) {
				int length = random.nextInt(40);
				int[] array = merger.symbols(length);
				List<Integer> expected = new ArrayList<>();
				for (int i = 0; i < length; i++) {
					array[i] = random.nextInt(3);
					expected.add(array[i]);
				}
				IntList out = new IntList(0);
				merger.merge(length, out);
				scan(expected, merges);
				assertThat(out.toArray()).containsExactly(expected.stream().mapToInt(Integer::intValue).toArray());
			}
		}
	}

	private static void scan(List<Integer> symbols, LongMap merges) {
		while (true) {
			int best = -1;
			long merged = Long.MAX_VALUE;
			for (int i = 0; i + 1 < symbols.size(); i++) {
				long found = merges.get(Merger.pair(symbols.get(i), symbols.get(i + 1)));
				if (found != LongMap.MISSING && (best < 0 || found >>> 32 < merged >>> 32)) {
					best = i;
					merged = found;
				}
			}
			if (best < 0) {
				return;
			}
			symbols.set(best, (int) merged);
			symbols.remove(best + 1);
		}
	}

}
