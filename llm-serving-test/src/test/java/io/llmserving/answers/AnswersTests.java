package io.llmserving.answers;

import java.time.Duration;
import java.util.List;

import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;

import io.llmserving.api.EngineFailedException;
import io.llmserving.api.FinishReason;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmServing;
import io.llmserving.api.OverloadedException;
import io.llmserving.test.LlmServingTest;
import io.llmserving.test.ManualAnswer;
import io.llmserving.test.ScriptedAnswer;
import io.llmserving.test.ScriptedEngine;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The slice as a user has it, over an application that configures no model.
 */
@LlmServingTest(Answers.class)
class AnswersTests {

	private static final Duration SOON = Duration.ofSeconds(20);

	@Autowired
	private Answers answers;

	@Autowired
	private ScriptedEngine engine;

	@Test
	void anAnswerIsWhatTheTestSaysPieceByPiece() {
		this.engine.answer("The", " sky");
		StepVerifier.create(this.answers.stream("Why?")).expectNext("The", " sky").expectComplete().verify(SOON);
		assertThat(this.engine.requests()).singleElement()
			.extracting(GenerationRequest::messages)
			.asInstanceOf(InstanceOfAssertFactories.LIST)
			.hasSize(1);
	}

	@Test
	void theReasonOfAnEndIsWhatTheTestSays() {
		this.engine.answer(ScriptedAnswer.of("Beca").finishing(FinishReason.LENGTH));
		assertThat(this.answers.whole("Why?").block(SOON)).isEqualTo("Beca (cut)");
		assertThat(this.engine.requests().get(0).deadline()).isEqualTo(Duration.ofSeconds(10));
	}

	@Test
	void theNextRequestsGetAnswersOfTheirOwn() {
		this.engine.answer("later")
			.next(ScriptedAnswer.failure(new OverloadedException("The queue is full", SOON)),
					ScriptedAnswer.of("second try"));
		assertThat(this.answers.whole("Why?").block(SOON)).isEqualTo("second try");
		assertThat(this.answers.whole("Why?").block(SOON)).isEqualTo("later");
		assertThat(this.engine.requests()).hasSize(3);
	}

	@Test
	void aFailureMayComeAfterPieces() {
		this.engine.answer(ScriptedAnswer.of("half").thenFailing(new EngineFailedException("The step failed", null)));
		StepVerifier.create(this.answers.stream("Why?"))
			.expectNext("half")
			.expectError(EngineFailedException.class)
			.verify(SOON);
	}

	@Test
	void anAnswerByHandComesWhenTheTestLetsIt() {
		ManualAnswer answer = this.engine.answerByHand();
		StepVerifier.create(this.answers.stream("Why?"))
			.then(() -> assertThat(answer.awaitRequest(SOON).messages()).hasSize(1))
			.then(() -> answer.emit("one"))
			.expectNext("one")
			.then(() -> assertThat(this.engine.running()).isOne())
			.then(() -> answer.emit("two").finish())
			.expectNext("two")
			.expectComplete()
			.verify(SOON);
		ManualAnswer failing = this.engine.answerByHand();
		StepVerifier.create(this.answers.stream("Why?"))
			.then(() -> failing.emit("one").fail(new EngineFailedException("The step failed", null)))
			.expectNext("one")
			.expectError(EngineFailedException.class)
			.verify(SOON);
		ManualAnswer cut = this.engine.answerByHand();
		cut.emit("Beca").finish(FinishReason.LENGTH);
		assertThat(this.answers.whole("Why?").block(SOON)).isEqualTo("Beca (cut)");
	}

	@Test
	void aSubscriberThatLeavesIsSeen() {
		this.engine.answerByHand().emit("one");
		StepVerifier.create(this.answers.stream("Why?")).expectNext("one").thenCancel().verify(SOON);
		assertThat(this.engine.cancelled()).isOne();
		assertThat(this.engine.running()).isZero();
	}

	@RepeatedTest(2)
	void anEngineForgetsBetweenTestsAndSaysWhatIsMissing() {
		assertThat(this.engine.requests()).isEmpty();
		StepVerifier.create(this.answers.stream("Why?"))
			.expectErrorSatisfies((ex) -> assertThat(ex).hasMessageContaining("'test' is scripted"))
			.verify(SOON);
		this.engine.answer("for this test only");
	}

	@Test
	void nothingButTheComponentUnderTestIsThere(@Autowired ApplicationContext context) {
		assertThat(context.getBeanNamesForType(Startup.class)).isEmpty();
		assertThat(context.getBeanNamesForType(AnswersController.class)).isEmpty();
		assertThat(context.containsBean("llmOpenAiRoutes")).isFalse();
		assertThat(context.getBean(LlmServing.class).names()).isEqualTo(List.of("test"));
	}

}
