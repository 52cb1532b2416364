package io.llmserving.bench.server;

import java.util.List;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Alternation}.
 */
class AlternationTests {

	@Test
	void turnsGoForthAndBack() {
		List<String> turns = IntStream.range(0, 4)
			.boxed()
			.flatMap((round) -> Alternation.order(List.of("A", "B"), round).stream())
			.toList();
		assertThat(String.join("", turns)).isEqualTo("ABBAABBA");
		assertThat(Alternation.order(List.of("A", "B", "C"), 1)).containsExactly("C", "B", "A");
	}

}
