package io.llmserving.sample;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.models.Model;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What OpenAI's own Java client makes of the application.
 */
class OpenAiJavaClientTests {

	private static RunningSample sample;

	private static OpenAIClient client;

	@BeforeAll
	static void start() {
		sample = RunningSample.start(List.of());
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
	void aChatAnswerHasTextFinishReasonAndUsage() {
		ChatCompletion answer = client.chat().completions().create(question().build());
		ChatCompletion.Choice choice = answer.choices().get(0);
		assertThat(choice.message().content())
			.hasValueSatisfying((text) -> assertThat(text).containsIgnoringCase("blue"));
		assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.STOP);
		assertThat(answer.usage()).hasValueSatisfying((usage) -> {
			assertThat(usage.promptTokens()).isPositive();
			assertThat(usage.totalTokens()).isEqualTo(usage.promptTokens() + usage.completionTokens());
		});
	}

	@Test
	void aStreamedAnswerAddsUpToTheWholeOne() {
		String whole = client.chat()
			.completions()
			.create(question().build())
			.choices()
			.get(0)
			.message()
			.content()
			.orElseThrow();
		List<ChatCompletionChunk> chunks = new ArrayList<>();
		try (StreamResponse<ChatCompletionChunk> stream = client.chat()
			.completions()
			.createStreaming(question().streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build())
				.build())) {
			stream.stream().forEach(chunks::add);
		}
		String text = chunks.stream()
			.flatMap((chunk) -> chunk.choices().stream())
			.map((choice) -> choice.delta().content().orElse(""))
			.collect(Collectors.joining());
		assertThat(text).isEqualTo(whole);
		// Role, text, end and usage; text that waits for its reader comes in one piece.
		assertThat(chunks).hasSizeGreaterThanOrEqualTo(4);
		assertThat(chunks.getLast().usage()).isPresent();
		assertThat(chunks.getLast().choices()).isEmpty();
	}

	@Test
	void severalChoicesWithLogprobsCarryTheirIndices() {
		ChatCompletion answer = client.chat()
			.completions()
			.create(question().temperature(1).seed(7).n(3).logprobs(true).topLogprobs(2).build());
		assertThat(answer.choices()).extracting(ChatCompletion.Choice::index).containsExactly(0L, 1L, 2L);
		assertThat(answer.choices()).allSatisfy((choice) -> assertThat(choice.logprobs())
			.hasValueSatisfying((logprobs) -> assertThat(logprobs.content().orElseThrow())
				.allSatisfy((token) -> assertThat(token.topLogprobs()).hasSize(2))));
	}

	@Test
	void aStopStringEndsACompletion() {
		Completion answer = client.completions()
			.create(CompletionCreateParams.builder()
				.model("tiny")
				.prompt("one two three")
				.temperature(0)
				.maxTokens(30)
				.stop("seven")
				.build());
		assertThat(answer.choices().get(0).text()).doesNotContain("seven");
	}

	@Test
	void theModelIsListed() {
		assertThat(client.models().list().data()).extracting(Model::id).containsExactly("tiny");
		assertThat(client.models().retrieve("tiny").id()).isEqualTo("tiny");
	}

	@Test
	void mistakesRaiseTheClientsOwnExceptions() {
		assertThatExceptionOfType(NotFoundException.class)
			.isThrownBy(() -> client.chat().completions().create(question().model("other").build()))
			.satisfies((ex) -> assertThat(ex.code()).contains("model_not_found"));
		assertThatExceptionOfType(BadRequestException.class)
			.isThrownBy(() -> client.chat().completions().create(question().temperature(3).build()))
			.withMessageContaining("temperature");
	}

}
