package io.llmserving.bench.engine;

import java.util.Map;

import io.llmserving.bench.engine.StepProfile.Cost;
import io.llmserving.bench.machine.Peaks;
import io.llmserving.runtime.StepPart;
import org.assertj.core.util.DoubleComparator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link StepProfile} and {@link StepProfileText}.
 */
class StepProfileTests {

	/** 10^12 int8 operations, no bf16, 10^11 in f32, 5 · 10^10 bytes. */
	private static final Peaks PEAKS = new Peaks(2, 1000, 0, 100, 50);

	private static final Map<StepPart, Long> NANOS = Map.of(StepPart.LINEAR, 60_000_000L, StepPart.ATTENTION,
			30_000_000L, StepPart.WAIT, 10_000_000L, StepPart.ADD, 0L);

	private static final Map<StepPart, Map<Arithmetic, Work>> WORK = Map.of(StepPart.LINEAR,
			Map.of(Arithmetic.INT8, new Work(20e9, 1e9), Arithmetic.F32, new Work(1e9, 0.1e9)), StepPart.ATTENTION,
			Map.of(Arithmetic.BF16, new Work(1.5e9, 0.05e9)));

	@Test
	void costsAreThoseOfAnAverageStep() {
		StepProfile profile = StepProfile.of(NANOS, 2, WORK, PEAKS);
		assertThat(profile.parts()).containsOnlyKeys(StepPart.LINEAR, StepPart.ATTENTION, StepPart.WAIT);
		// In int8, reading takes longest, 10 ms; in f32 computing does, 5 ms.
		assertCost(profile.parts().get(StepPart.LINEAR),
				new Cost(30, 0.6, 10.5, 550, 350, 55.0 / 3, (10.0 + 5.0) / 30));
		// Without products in bf16, f32's peak is what can be reached: 7.5 ms.
		assertCost(profile.parts().get(StepPart.ATTENTION), new Cost(15, 0.3, 0.75, 25, 50, 25.0 / 15, 7.5 / 15));
		assertCost(profile.parts().get(StepPart.WAIT), new Cost(5, 0.1, 0, 0, 0, 0, null));
		assertCost(profile.step(), new Cost(50, 1, 11.25, 575, 225, 11.5, (10 + 5 + 7.5) / 50));
	}

	@Test
	void withoutPeaksThereIsNoRoofline() {
		StepProfile profile = StepProfile.of(NANOS, 2, WORK, null);
		assertThat(profile.parts().values()).allSatisfy((cost) -> assertThat(cost.roofline()).isNull());
		assertThat(profile.step().roofline()).isNull();
	}

	@Test
	void workThatTookWorkerZeroNoTimeIsShownWithoutRates() {
		StepProfile profile = StepProfile.of(Map.of(StepPart.WAIT, 1000L), 1,
				Map.of(StepPart.ADD, Map.of(Arithmetic.F32, new Work(7, 0))), PEAKS);
		assertCost(profile.parts().get(StepPart.ADD), new Cost(0, 0, 7e-9, 0, 0, 0, null));
	}

	@Test
	void theTableHasALineForEachPartAndOneForAll() {
		String text = StepProfileText.table(StepProfile.of(NANOS, 2, WORK, PEAKS)).text();
		assertThat(text.lines().map((line) -> line.strip().replaceAll(" {2,}", "|"))).containsExactly(
				"of a step|ms|share|GOP|MB|GOP/s|GB/s|of the roofline",
				"matrix products|30.000|60.0 %|10.5000|550.00|350.0|18.3|50.0 %",
				"attention|15.000|30.0 %|0.7500|25.00|50.0|1.7|50.0 %", "waiting at barriers|5.000|10.0 %|-|-|-|-|-",
				"all|50.000|100.0 %|11.2500|575.00|225.0|11.5|45.0 %");
	}

	private static void assertCost(@Nullable Cost actual, Cost expected) {
		assertThat(actual).usingRecursiveComparison()
			.withComparatorForType(new DoubleComparator(1e-9), Double.class)
			.isEqualTo(expected);
	}

}
