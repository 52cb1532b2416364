package io.llmserving.bench.scenario;

import java.util.ArrayList;
import java.util.List;

import io.llmserving.bench.load.LoadRun;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link PairedRuns}.
 */
class PairedRunsTests {

	@Test
	void loadsTakeTurnsAndEachKeepsItsRunsByRound() throws InterruptedException {
		List<String> order = new ArrayList<>();
		PairedRuns runs = PairedRuns.take(3, (round) -> run(order, "a", round), (round) -> run(order, "b", 10 + round));
		assertThat(order).containsExactly("a0", "b10", "b11", "a1", "a2", "b12");
		assertThat(runs.first()).extracting(LoadRun::nanos).containsExactly(0L, 1L, 2L);
		assertThat(runs.second()).extracting(LoadRun::nanos).containsExactly(10L, 11L, 12L);
	}

	private static LoadRun run(List<String> order, String load, int number) {
		order.add(load + number);
		return new LoadRun(List.of(), number, 0, 0);
	}

}
