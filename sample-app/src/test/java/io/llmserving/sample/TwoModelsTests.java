package io.llmserving.sample;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import io.llmserving.api.ChatMessage;
import io.llmserving.api.Generation;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmServing;
import io.llmserving.api.SamplingParameters;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two models share the threads of one device.
 */
class TwoModelsTests {

	@Test
	void modelsThatAnswerAtTheSameTimeAnswerAsTheyDoAlone() {
		try (RunningSample sample = RunningSample.start(List.of(), "--llm.serving.default-model=tiny",
				"--llm.serving.models.second.source=classpath:io/llmserving/test/tiny.gguf",
				"--llm.serving.models.second.context-length=1024")) {
			LlmServing serving = sample.bean(LlmServing.class);
			serving.engine("second").ready().block(Duration.ofMinutes(1));
			String alone = answer(serving, "tiny").block(Duration.ofMinutes(1));
			List<Mono<String>> answers = new ArrayList<>();
			for (int i = 0; i < 24; i++) {
				answers.add(answer(serving, (i % 2 == 0) ? "tiny" : "second"));
			}
			List<String> together = Flux.merge(answers).collectList().block(Duration.ofMinutes(2));
			assertThat(together).hasSize(24).allMatch(alone::equals);
			assertThat(serving.engine("tiny").statistics().generatedTokens()).isPositive();
			assertThat(serving.engine("second").statistics().generatedTokens()).isPositive();
		}
	}

	private static Mono<String> answer(LlmServing serving, String model) {
		return serving.engine(model)
			.complete(GenerationRequest.chat(List.of(ChatMessage.user("Tell me a story.")))
				.sampling(SamplingParameters.builder().temperature(0f).maxTokens(120).ignoreEos(true).build())
				.build())
			.map(Generation::text);
	}

}
