package io.llmserving.bench.scenario;

import java.util.List;

import io.llmserving.bench.load.Answer;
import io.llmserving.bench.load.Outcome;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Gaps} and {@link MixedResult}.
 */
class GapsTests {

	@Test
	void gapsThatOverlapADisturbanceAreTakenApart() {
		Answer stream = answer(0, 10, 20, 35, 60, 70);
		Gaps.Split split = Gaps.split(List.of(stream), List.of(span(30, 50)), List.of());
		assertThat(split.disturbed()).containsExactly(15, 25);
		assertThat(split.quiet()).containsExactly(10, 10);
	}

	@Test
	void touchingIsNotOverlapping() {
		Gaps.Split split = Gaps.split(List.of(answer(0, 10, 20, 30)), List.of(span(20, 30)), List.of());
		assertThat(split.disturbed()).containsExactly(10);
		assertThat(split.quiet()).containsExactly(10);
	}

	@Test
	void gapsDuringTheStreamsOwnPromptsAreNeither() {
		Gaps.Split split = Gaps.split(List.of(answer(0, 10, 20, 30, 40)), List.of(span(22, 25)),
				List.of(span(12, 15), span(22, 25)));
		assertThat(split.disturbed()).containsExactly(10);
		assertThat(split.quiet()).containsExactly(10);
	}

	@Test
	void aPromptsTimeLastsUntilItsFirstToken() {
		assertThat(Gaps.prefills(List.of(answer(5, 30, 40), answer(7)))).containsExactly(span(5, 30));
	}

	@Test
	void theRatiosAreOfMixedOverAloneAndOfDisturbedOverQuiet() {
		MixedResult result = MixedResult.of(List.of(answer(0, 100)), List.of(answer(900, 1000, 1010, 1050, 1060)),
				List.of(answer(1020, 1270)));
		assertThat(result.disturbedGap().count()).isEqualTo(2);
		assertThat(result.quietGap().count()).isEqualTo(1);
		assertThat(result.firstTokenRatio().value()).isEqualTo(2.5);
		assertThat(result.failed()).isZero();
	}

	private static Gaps.Span span(long from, long to) {
		return new Gaps.Span(from * 1_000_000, to * 1_000_000);
	}

	private static Answer answer(long sent, long... arrivals) {
		long[] nanos = new long[arrivals.length];
		for (int i = 0; i < arrivals.length; i++) {
			nanos[i] = arrivals[i] * 1_000_000;
		}
		return new Answer(Outcome.COMPLETED, 200, null, sent * 1_000_000, sent * 1_000_000, nanos, 0, 1, 0,
				arrivals.length, true);
	}

}
