package io.llmserving.springai;

import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application of its own, with a model that really computes.
 */
class TinyModelTests {

	@Test
	void aRealModelAnswersThroughSpringAi() {
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class).run(
				"--spring.main.web-application-type=none", "--spring.main.banner-mode=off",
				"--llm.serving.models.tiny.source=classpath:io/llmserving/test/tiny.gguf",
				"--llm.serving.models.tiny.context-length=256")) {
			ChatClient client = context.getBean(ChatClient.Builder.class).build();
			String answer = client.prompt("What color is the sky?")
				.options(ChatOptions.builder().temperature(0.0))
				.call()
				.content();
			assertThat(answer).containsIgnoringCase("blue");
			ChatModel model = context.getBean(ChatModel.class);
			Prompt prompt = new Prompt("What color is the sky?", LlmChatOptions.builder().temperature(0.0).build());
			List<ChatResponse> streamed = model.stream(prompt).collectList().block(Duration.ofMinutes(1));
			StringBuilder text = new StringBuilder();
			streamed.forEach((response) -> text.append(response.getResult().getOutput().getText()));
			assertThat(text).hasToString(answer);
			ChatResponse last = streamed.get(streamed.size() - 1);
			assertThat(last.getResult().getMetadata().getFinishReason()).isEqualTo("STOP");
			assertThat(last.getMetadata().getUsage().getCompletionTokens()).isPositive();
			Prompt repeated = new Prompt("word ".repeat(40), LlmChatOptions.builder().maxTokens(1).build());
			assertThat(model.call(repeated).getMetadata().getUsage().getCacheReadInputTokens()).isZero();
			assertThat(model.call(repeated).getMetadata().getUsage().getCacheReadInputTokens()).isPositive();
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
