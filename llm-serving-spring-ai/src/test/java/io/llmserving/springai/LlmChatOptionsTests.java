package io.llmserving.springai;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.tool.function.FunctionToolCallback;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Options keep what they are given, whatever they are copied by.
 */
class LlmChatOptionsTests {

	private static LlmChatOptions full() {
		return LlmChatOptions.builder()
			.model("chat")
			.temperature(0.5)
			.topK(3)
			.topP(0.25)
			.maxTokens(9)
			.frequencyPenalty(0.75)
			.presencePenalty(-0.5)
			.stopSequences(List.of("."))
			.toolCallbacks(FunctionToolCallback.builder("now", () -> "noon").description("Time").build())
			.toolContext(Map.of("a", 1))
			.outputSchema("{}")
			.seed(7L)
			.minP(0.125)
			.repetitionPenalty(1.5)
			.minTokens(2)
			.logprobs(4)
			.priority(-1)
			.cacheSalt("tenant")
			.deadline(Duration.ofSeconds(3))
			.build();
	}

	@Test
	void aCopyIsEqualAndAChangedOneIsNot() {
		LlmChatOptions options = full();
		assertThat(options.mutate()).isInstanceOf(LlmChatOptions.Builder.class);
		LlmChatOptions copy = options.mutate().build();
		assertThat(copy.getToolCallbacks()).hasSize(1);
		assertThat(copy.getOutputSchema()).isEqualTo("{}");
		assertThat(copy).isEqualTo(options).hasSameHashCodeAs(options);
		assertThat(options.mutate().seed(8L).build()).isNotEqualTo(options);
		assertThat(options.mutate().topK(4).build()).isNotEqualTo(options);
	}

	@Test
	void aBuilderDoesNotChangeWhatItBuilt() {
		LlmChatOptions.Builder builder = LlmChatOptions.builder().seed(1L).model("a");
		LlmChatOptions first = builder.build();
		LlmChatOptions.Builder cloned = builder.clone();
		builder.seed(2L).model("b");
		assertThat(first.getSeed()).isEqualTo(1);
		assertThat(first.getModel()).isEqualTo("a");
		assertThat(cloned.build()).isEqualTo(first);
	}

	@Test
	void whatIsSetInTheOtherWins() {
		LlmChatOptions.Builder base = LlmChatOptions.builder().model("chat").seed(1L).minP(0.5).topK(1);
		LlmChatOptions combined = base.combineWith(LlmChatOptions.builder().seed(2L).topK(5)).build();
		assertThat(combined).isEqualTo(LlmChatOptions.builder().model("chat").seed(2L).minP(0.5).topK(5).build());
		ChatOptions.Builder<?> portable = ChatOptions.builder().temperature(0.5);
		assertThat(combined.mutate().combineWith(portable).build().getTemperature()).isEqualTo(0.5);
	}

}
