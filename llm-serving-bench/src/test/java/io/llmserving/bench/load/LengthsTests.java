package io.llmserving.bench.load;

import java.util.SplittableRandom;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

/**
 * Tests for {@link Lengths}.
 */
class LengthsTests {

	@Test
	void aNumberIsThatLength() {
		assertThat(draw("128", 100)).containsOnly(128);
	}

	@Test
	void aRangeIsUniformWithBothEnds() {
		int[] drawn = draw("3-7", 10_000);
		assertThat(drawn).contains(3, 4, 5, 6, 7);
		assertThat(IntStream.of(drawn).average().orElseThrow()).isEqualTo(5, within(0.1));
	}

	@Test
	void partsOfAMixComeByTheirWeights() {
		int[] drawn = draw("10@3,100@1", 10_000);
		assertThat(drawn).containsOnly(10, 100);
		assertThat(IntStream.of(drawn).filter((length) -> length == 10).count() / 10_000.0).isEqualTo(0.75,
				within(0.02));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "x", "5-3", "-1", "5@0", "5,", "5@x" })
	void whatIsNoLengthIsRefusedWithWhatIsAccepted(String text) {
		assertThatIllegalArgumentException().isThrownBy(() -> Lengths.parse(text))
			.withMessageContaining("'" + text + "'")
			.withMessageContaining("give 128, 64-512");
	}

	private static int[] draw(String text, int count) {
		Lengths lengths = Lengths.parse(text);
		SplittableRandom random = new SplittableRandom(1);
		return IntStream.range(0, count).map((i) -> lengths.draw(random)).toArray();
	}

}
