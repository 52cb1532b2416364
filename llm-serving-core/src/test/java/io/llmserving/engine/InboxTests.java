package io.llmserving.engine;

import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;

import io.llmserving.api.DeadlineExceededException;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.OverloadedException;
import io.llmserving.api.SamplingParameters;
import io.llmserving.engine.Counters.Kind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

class InboxTests {

	private static SamplingParameters choices(int n) {
		return SamplingParameters.builder().n(n).maxTokens(4).build();
	}

	@Test
	void sequencesAreCountedAllOrNothing() {
		CoreFixture engine = new CoreFixture(new CoreFixture.Shape(100, 4, 1).rows(2));
		engine.submit(new int[] { 1 }, choices(998));
		assertThatThrownBy(() -> engine.submit(new int[] { 2 }, choices(3))).isInstanceOf(OverloadedException.class)
			.hasMessageContaining("998 sequences wait already and this request has 3; the queue takes 1000");
		engine.submit(new int[] { 3 }, choices(2));
		assertThat(engine.inbox.waiting()).isEqualTo(1000);
	}

	@Test
	void thoseThatRunDoNotCount() {
		CoreFixture engine = new CoreFixture(new CoreFixture.Shape(100, 4, 1).rows(3));
		engine.submit(new int[] { 1 }, choices(2));
		engine.submit(new int[] { 2 }, choices(4));
		engine.turn();
		assertThat(engine.inbox.waiting()).isEqualTo(3);
		engine.run();
		assertThat(engine.inbox.waiting()).isZero();
	}

	@Test
	void aFullQueueStillHearsCancellations() {
		CoreFixture engine = new CoreFixture(new CoreFixture.Shape(100, 4, 1));
		Client full = engine.submit(new int[] { 1 }, choices(1000));
		full.cancel();
		engine.turn();
		assertThat(engine.get(Kind.CANCELLED)).isOne();
		assertThat(engine.inbox.waiting()).isZero();
		engine.assertIdle();
	}

	@Test
	void aRequestThatWouldStartAfterItsDeadlineIsRefusedWithTheTimeToWait() {
		CoreFixture engine = new CoreFixture(new CoreFixture.Shape(400, 4, 1));
		engine.submit(new int[900], choices(1));
		engine.inbox.nanosPerToken(10_000_000);
		GenerationRequest request = GenerationRequest.tokens(5)
			.sampling(choices(1))
			.deadline(Duration.ofSeconds(5))
			.build();
		OverloadedException error = catchThrowableOfType(OverloadedException.class,
				() -> engine.submit(request, new Client(true)));
		assertThat(error).hasMessage(
				"1 sequences wait already, with 900 prompt tokens, so that this request would start in about 9.0 s, after its "
						+ "deadline in 5.0 s");
		assertThat(error.retryAfter()).isEqualTo(Duration.ofSeconds(9));
		assertThat(engine.inbox.waiting()).isOne();
		GenerationRequest patient = request.toBuilder().deadline(Duration.ofSeconds(10)).build();
		engine.submit(patient, new Client(true));
		GenerationRequest first = patient.toBuilder().firstTokenDeadline(Duration.ofMillis(2500)).build();
		assertThatThrownBy(() -> engine.submit(first, new Client(true))).isInstanceOf(OverloadedException.class)
			.hasMessageContaining("after its deadline in 2.5 s");
		assertThat(engine.inbox.waiting()).isEqualTo(2);
	}

	@Test
	void aRequestThatWouldWaitTooLongForAPlaceIsRefused() {
		CoreFixture engine = new CoreFixture(new CoreFixture.Shape(400, 4, 1));
		engine.submit(new int[] { 1 }, choices(2));
		engine.inbox.pace.left(0);
		engine.inbox.pace.left(400_000_000);
		GenerationRequest request = GenerationRequest.tokens(5)
			.sampling(choices(1))
			.firstTokenDeadline(Duration.ofSeconds(1))
			.build();
		assertThatThrownBy(() -> engine.submit(request, new Client(true))).isInstanceOf(OverloadedException.class)
			.hasMessage(
					"2 sequences wait already, with 1 prompt tokens, so that this request would start in about 1.2 s, after its "
							+ "deadline in 1.0 s");
		engine.submit(request.toBuilder().firstTokenDeadline(Duration.ofSeconds(2)).build(), new Client(true));
		assertThat(engine.inbox.waiting()).isEqualTo(3);
	}

	@Test
	void whenNobodyWaitsThePaceOfTheQueueDoesNotCount() {
		CoreFixture engine = new CoreFixture(new CoreFixture.Shape(400, 4, 1));
		engine.submit(new int[] { 1 }, choices(1));
		engine.inbox.pace.left(0);
		engine.inbox.pace.left(400_000_000);
		engine.run();
		GenerationRequest request = GenerationRequest.tokens(5).firstTokenDeadline(Duration.ofMillis(300)).build();
		engine.submit(request, new Client(true));
		assertThat(engine.inbox.pace.nanos(1)).isZero();
		assertThat(engine.inbox.waiting()).isOne();
	}

	@Test
	void aRequestWhoseDeadlineHasPassedIsRefusedAtOnce() {
		CoreFixture engine = new CoreFixture(new CoreFixture.Shape(400, 4, 1));
		GenerationRequest request = GenerationRequest.tokens(5).deadline(Duration.ofMillis(-1)).build();
		assertThatThrownBy(() -> engine.submit(request, new Client(true)))
			.isInstanceOf(DeadlineExceededException.class);
		assertThat(engine.inbox.waiting()).isZero();
	}

	@Test
	void anObserverThatThrowsHearsNothingMoreAndOthersDo() {
		Heard heard = new Heard();
		CoreFixture engine = new CoreFixture(new CoreFixture.Shape(100, 4, 2), List.of(new Heard() {

			@Override
			public void firstToken(String model, Duration sinceSubmission) {
				throw new IllegalStateException("broken observer");
			}

		}, heard));
		Client client = engine.submit(new int[] { 1, 2, 3 }, choices(2));
		Client cancelled = engine.submit(new int[] { 4, 5 }, choices(1));
		engine.turn();
		cancelled.cancel();
		engine.run();
		assertThat(client.await().completed().usage().completionTokens()).isEqualTo(8);
		assertThat(heard.log).containsSubsequence("submitted 3", "submitted 2", "first", "finished CANCELLED 2",
				"finished LENGTH 3 8");
		assertThat(heard.tokens).as("tokens after the first of each choice, and steps").isPositive();
		assertThat(heard.steps).isEqualTo((int) engine.get(Kind.STEPS));
	}

}
