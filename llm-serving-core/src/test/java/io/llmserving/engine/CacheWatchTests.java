package io.llmserving.engine;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.llmserving.api.CacheMap;
import io.llmserving.api.CacheMap.Use;
import io.llmserving.cache.KvCache;
import io.llmserving.runtime.BlockTables;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The map of the cache: what it shows, and when it is drawn.
 */
class CacheWatchTests {

	private final CacheWatch watch = new CacheWatch();

	@Test
	void aMapIsDrawnOncePerQuestionAndGivenToTheNextOne() {
		KvCache cache = cache(8);
		this.watch.publish(cache);
		assertThat(this.watch.ask()).isSameAs(CacheMap.EMPTY);
		this.watch.publish(cache);
		CacheMap first = this.watch.ask();
		assertThat(first.blocks()).isEqualTo(8);
		assertThat(uses(first)).containsOnly(Use.FREE);
		cache.reserve(0, 12);
		this.watch.publish(cache);
		this.watch.publish(cache);
		CacheMap second = this.watch.ask();
		assertThat(uses(second)).containsExactly(Use.HELD, Use.HELD, Use.HELD, Use.FREE, Use.FREE, Use.FREE, Use.FREE,
				Use.FREE);
		assertThat(uses(first)).containsOnly(Use.FREE);
		this.watch.clear();
		assertThat(this.watch.ask()).isSameAs(CacheMap.EMPTY);
	}

	@Test
	void askingWakesTheEnginesThread() {
		List<String> woken = new ArrayList<>();
		this.watch.drawnBy(() -> woken.add("woken"));
		this.watch.ask();
		assertThat(woken).hasSize(1);
	}

	@ParameterizedTest
	@CsvSource({ "1, 1, 1", "1023, 1, 1023", "1024, 1, 1024", "1025, 2, 513", "5000, 5, 1000" })
	void aLargePoolIsDrawnWithSeveralBlocksToACell(int blocks, int perCell, int cells) {
		KvCache cache = cache(blocks);
		cache.reserve(0, 4);
		this.watch.ask();
		this.watch.publish(cache);
		CacheMap map = this.watch.ask();
		assertThat(map.blocks()).isEqualTo(blocks);
		assertThat(map.blocksPerCell()).isEqualTo(perCell);
		assertThat(map.cells()).hasSize(cells);
		assertThat(uses(map).get(0)).isEqualTo(Use.HELD);
		assertThat(uses(map).subList(1, cells)).doesNotContain(Use.HELD);
	}

	private static KvCache cache(int blocks) {
		return new KvCache(new BlockTables(Arena.ofAuto(), 1, 2, 16), blocks, 4, new int[] { 0 }, true);
	}

	private static List<Use> uses(CacheMap map) {
		List<Use> uses = new ArrayList<>();
		for (byte cell : map.cells()) {
			uses.add(Use.values()[cell]);
		}
		return uses;
	}

}
