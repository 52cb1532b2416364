package io.llmserving.sample;

import java.util.List;
import java.util.stream.Collectors;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A chat with the tiny model on the GPU's kernels, executed by the emulator that
 * {@code llm-serving-test} carries when it is built with the Maven profile
 * {@code emulator}.
 */
@EnabledIf(value = "emulatorIsThere", disabledReason = "the Maven profile 'emulator' is not active")
class EmulatorTests {

	private static RunningSample sample;

	private static OpenAIClient client;

	static boolean emulatorIsThere() {
		return EmulatorTests.class.getResource("/native/linux-x86_64/libllmserving_emulator.so") != null;
	}

	@BeforeAll
	static void start() {
		sample = RunningSample.start(List.of(), "--spring.profiles.active=tiny,emulator");
		client = OpenAIOkHttpClient.builder().baseUrl(sample.root() + "/v1").apiKey("none").maxRetries(0).build();
	}

	@AfterAll
	static void stop() {
		client.close();
		sample.close();
	}

	private static ChatCompletionCreateParams.Builder question() {
		return ChatCompletionCreateParams.builder()
			.model("tiny")
			.addUserMessage("What colour is the sky?")
			.temperature(0)
			.maxCompletionTokens(40);
	}

	@Test
	void theModelRunsOnTheEmulator() {
		assertThat(sample.engine().ready().block().device()).startsWith("EMULATOR");
	}

	@Test
	void aStreamedChatAnswersTheQuestion() {
		String text;
		try (StreamResponse<ChatCompletionChunk> stream = client.chat()
			.completions()
			.createStreaming(question().build())) {
			text = stream.stream()
				.flatMap((chunk) -> chunk.choices().stream())
				.map((choice) -> choice.delta().content().orElse(""))
				.collect(Collectors.joining());
		}
		assertThat(text).isEqualTo("The sky is blue.");
	}

	@Test
	void sampledChoicesWithLogprobsAreReproducible() {
		ChatCompletionCreateParams params = question().temperature(1)
			.seed(11)
			.n(3)
			.logprobs(true)
			.topLogprobs(2)
			.build();
		List<String> first = texts(client.chat().completions().create(params));
		List<String> second = texts(client.chat().completions().create(params));
		assertThat(first).hasSize(3).isEqualTo(second);
	}

	private static List<String> texts(ChatCompletion answer) {
		assertThat(answer.choices()).allSatisfy((choice) -> assertThat(choice.logprobs())
			.hasValueSatisfying((logprobs) -> assertThat(logprobs.content().orElseThrow())
				.allSatisfy((token) -> assertThat(token.topLogprobs()).hasSize(2))));
		return answer.choices().stream().map((choice) -> choice.message().content().orElse("")).toList();
	}

}
