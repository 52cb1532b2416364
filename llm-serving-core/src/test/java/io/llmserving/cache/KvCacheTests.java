package io.llmserving.cache;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.llmserving.runtime.BlockTables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class KvCacheTests {

	private static BlockKeys keys(int blockSize, int[] tokens, String... extras) {
		BlockHasher hasher = new BlockHasher();
		BlockKeys keys = new BlockKeys(hasher, blockSize, extras);
		keys.extend(hasher, tokens, tokens.length);
		return keys;
	}

	private static String key(BlockKeys keys, int column) {
		return Long.toHexString(keys.high(column)) + Long.toHexString(keys.low(column));
	}

	@Test
	void aKeyNamesAllTokensUpToItsBlocksEndAndTheExtras() {
		BlockKeys keys = keys(2, new int[] { 1, 2, 3, 4, 5 }, "weights", "salt");
		assertThat(keys.size()).isEqualTo(2);
		assertThat(key(keys(2, new int[] { 1, 2, 3, 4 }, "weights", "salt"), 1)).isEqualTo(key(keys, 1));
		assertThat(key(keys(2, new int[] { 9, 2, 3, 4 }, "weights", "salt"), 1)).isNotEqualTo(key(keys, 1));
		assertThat(key(keys(2, new int[] { 1, 2, 3, 4 }, "weights", "other"), 0)).isNotEqualTo(key(keys, 0));
		assertThat(key(keys(2, new int[] { 1, 2, 3, 4 }, "weightss", "alt"), 0)).isNotEqualTo(key(keys, 0));
	}

	@Test
	void keysGrowWithTheirTokensAndApartFromTheirCopy() {
		BlockHasher hasher = new BlockHasher();
		BlockKeys keys = keys(2, new int[] { 1, 2, 3 });
		BlockKeys copy = keys.copy();
		keys.extend(hasher, new int[] { 1, 2, 3, 4, 5, 6 }, 6);
		copy.extend(hasher, new int[] { 1, 2, 3, 7 }, 4);
		assertThat(keys.size()).isEqualTo(3);
		assertThat(key(keys, 2)).isEqualTo(key(keys(2, new int[] { 1, 2, 3, 4, 5, 6 }), 2));
		assertThat(key(copy, 1)).isEqualTo(key(keys(2, new int[] { 1, 2, 3, 7 }), 1)).isNotEqualTo(key(keys, 1));
	}

	@ParameterizedTest
	@ValueSource(longs = { 1, 2, 3, 4 })
	void theIndexAnswersAsAMapDoesHoweverHashesCollide(long seed) {
		Random random = new Random(seed);
		int bits = random.nextInt(5);
		BlockIndex index = new BlockIndex(40) {

			@Override
			long hash(int group, long high, long low) {
				return low & (1L << bits) - 1;
			}

		};
		Map<List<Long>, Integer> map = new HashMap<>();
		for (int i = 0; i < 5000; i++) {
			int block = random.nextInt(40);
			if (index.holds(block)) {
				assertThat(map.values().remove(block)).as("seed %d", seed).isTrue();
				index.remove(block);
			}
			else {
				List<Long> key = List.of((long) random.nextInt(2), (long) random.nextInt(5), (long) random.nextInt(9));
				index.add(key.get(0).intValue(), block, key.get(1), key.get(2));
				map.putIfAbsent(key, block);
			}
			for (long group = 0; group < 2; group++) {
				List<Long> key = List.of(group, (long) random.nextInt(5), (long) random.nextInt(9));
				assertThat(index.find((int) group, key.get(1), key.get(2))).as("seed %d", seed)
					.isEqualTo(map.getOrDefault(key, -1));
			}
		}
	}

	@ParameterizedTest
	@ValueSource(longs = { 1, 2, 3, 4, 5, 6, 7, 8 })
	void aHitIsTheLongestThatAllGroupsHave(long seed) {
		Random random = new Random(seed);
		for (int round = 0; round < 200; round++) {
			int blockSize = 1 + random.nextInt(5);
			int[] windows = (random.nextBoolean()) ? new int[] { 0, 1 + random.nextInt(20) }
					: new int[] { 1 + random.nextInt(20), 1 + random.nextInt(20) };
			int columns = 1 + random.nextInt(12);
			int[] tokens = random.ints((long) columns * blockSize, 0, 3).toArray();
			BlockKeys keys = keys(blockSize, tokens);
			boolean[][] present = new boolean[2][columns];
			BlockPool pool = new BlockPool(40, new BlockIndex(40));
			for (int group = 0; group < 2; group++) {
				for (int column = 0; column < columns; column++) {
					present[group][column] = random.nextInt(6) > 0;
					if (present[group][column]) {
						pool.register(group, pool.take(), keys.high(column), keys.low(column));
					}
				}
			}
			KvCache cache = new KvCache(new BlockTables(Arena.ofAuto(), 2, 1, columns), pool, blockSize, windows, true);
			int most = random.nextInt(columns + 2);
			assertThat(cache.find(keys, most)).as("seed %d, round %d", seed, round)
				.isEqualTo(longest(present, windows, blockSize, Math.min(most, columns)));
		}
	}

	private static int longest(boolean[][] present, int[] windows, int blockSize, int most) {
		for (int count = most; count > 0; count--) {
			boolean valid = true;
			for (int group = 0; group < windows.length; group++) {
				for (int position = 0; position < count * blockSize; position++) {
					boolean visible = windows[group] == 0 || position > count * blockSize - windows[group];
					valid &= !visible || present[group][position / blockSize];
				}
			}
			if (valid) {
				return count;
			}
		}
		return 0;
	}

	@Test
	void tailsAreTakenBeforeHeads() {
		BlockTables tables = new BlockTables(Arena.ofAuto(), 1, 2, 4);
		KvCache cache = new KvCache(tables, 4, 2, new int[] { 0 }, true);
		int[] tokens = { 1, 2, 3, 4, 5, 6 };
		BlockKeys keys = keys(2, tokens);
		assertThat(cache.reserve(0, 6)).isTrue();
		cache.written(0, keys, 6);
		cache.release(0);
		assertThat(cache.cached()).isEqualTo(3);
		assertThat(cache.reserve(1, 4)).isTrue();
		assertThat(cache.find(keys, 3)).isEqualTo(2);
	}

	@Test
	void roomThatIsNotThereIsNotTaken() {
		KvCache cache = new KvCache(new BlockTables(Arena.ofAuto(), 2, 2, 4), 5, 2, new int[] { 0, 3 }, true);
		assertThat(cache.reserve(0, 4)).isTrue();
		assertThat(cache.reserve(1, 2)).isFalse();
		assertThat(cache.free()).isOne();
		assertThat(cache.used()).isEqualTo(4);
	}

	@Test
	void blocksBehindAWindowAreGivenBack() {
		BlockTables tables = new BlockTables(Arena.ofAuto(), 2, 1, 8);
		KvCache cache = new KvCache(tables, 20, 2, new int[] { 0, 3 }, true);
		int[] tokens = new int[12];
		Arrays.setAll(tokens, (i) -> i);
		assertThat(cache.reserve(0, 12)).isTrue();
		cache.written(0, keys(2, tokens), 10);
		List<Integer> left = new ArrayList<>();
		for (int column = 0; column < 6; column++) {
			if (tables.get(1, 0, column) != BlockTables.NONE) {
				left.add(column);
			}
		}
		assertThat(left).containsExactly(4, 5);
		assertThat(cache.used()).isEqualTo(8);
		assertThat(cache.cached()).isEqualTo(4);
	}

	@Test
	void aBlockIsNotGivenBackTwice() {
		BlockPool pool = new BlockPool(2, new BlockIndex(2));
		int block = pool.take();
		pool.giveBack(block);
		assertThatIllegalStateException().isThrownBy(() -> pool.giveBack(block)).withMessageContaining("no holder");
	}

}
