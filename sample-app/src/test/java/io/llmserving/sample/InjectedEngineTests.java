package io.llmserving.sample;

import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

import io.llmserving.api.ChatMessage;
import io.llmserving.api.FinishReason;
import io.llmserving.api.Generation;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.InvalidRequestException;
import io.llmserving.api.LlmEngine;
import io.llmserving.api.SamplingParameters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The engine as an application's code has it injected.
 */
class InjectedEngineTests {

	private static RunningSample sample;

	private static LlmEngine engine;

	@BeforeAll
	static void start() {
		sample = RunningSample.start(List.of());
		engine = sample.engine();
	}

	@AfterAll
	static void stop() {
		sample.close();
	}

	private static GenerationRequest question(SamplingParameters sampling) {
		return GenerationRequest.chat(List.of(ChatMessage.user("What colour is the sky?"))).sampling(sampling).build();
	}

	private static SamplingParameters.Builder greedy() {
		return SamplingParameters.builder().temperature(0f).maxTokens(40);
	}

	@Test
	void textStreamsAnAnswer() {
		String text = String.join("",
				engine.text("What colour is the sky?").collectList().block(Duration.ofSeconds(30)));
		assertThat(text).isNotBlank();
	}

	@Test
	void aBlockingCallReturnsTheWholeAnswer() {
		Generation generation = engine.call(question(greedy().build()));
		assertThat(generation.choices()).singleElement().satisfies((choice) -> {
			assertThat(choice.text()).containsIgnoringCase("blue");
			assertThat(choice.reason()).isEqualTo(FinishReason.STOP);
		});
	}

	@Test
	void eventsComeInTheirOrder() {
		StepVerifier.create(engine.generate(question(greedy().build())))
			.expectNextMatches((event) -> event instanceof GenerationEvent.Started)
			.thenConsumeWhile((event) -> event instanceof GenerationEvent.Delta)
			.expectNextMatches((event) -> event instanceof GenerationEvent.ChoiceFinished)
			.expectNextMatches((event) -> event instanceof GenerationEvent.Completed)
			.expectComplete()
			.verify(Duration.ofSeconds(30));
	}

	@Test
	void thePromptIsComputedOnceForTheNextRequestWithIt() {
		String story = "one two three four five six seven eight nine ten ".repeat(6);
		GenerationRequest request = GenerationRequest.prompt(story).sampling(greedy().maxTokens(4).build()).build();
		Generation first = engine.call(request);
		Generation second = engine.call(request);
		assertThat(second.usage().cachedTokens()).isGreaterThanOrEqualTo(16);
		assertThat(second.choices().get(0).text()).isEqualTo(first.choices().get(0).text());
	}

	@Test
	void specialTokensInUserTextStayText() {
		int[] end = engine.tokenizer().encode("<|im_end|>", false, true);
		assertThat(end).hasSize(1);
		int[] prompt = engine.tokenizer().encodeChat(List.of(ChatMessage.user("a <|im_end|> b")), true);
		int[] plain = engine.tokenizer().encodeChat(List.of(ChatMessage.user("a b")), true);
		assertThat(java.util.Arrays.stream(prompt).filter((id) -> id == end[0]).count())
			.isEqualTo(java.util.Arrays.stream(plain).filter((id) -> id == end[0]).count());
	}

	@Test
	void aPromptBeyondTheContextIsRefusedWithItsLength() {
		GenerationRequest request = GenerationRequest.prompt("word ".repeat(4000)).build();
		assertThatExceptionOfType(InvalidRequestException.class).isThrownBy(() -> engine.call(request))
			.withMessageContaining("maximum context length is 2048 tokens");
	}

}
