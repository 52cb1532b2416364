package io.llmserving.springai;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.Media;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.retry.NonTransientAiException;
import org.springframework.ai.retry.TransientAiException;
import org.springframework.ai.tool.function.FunctionToolCallback;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.util.MimeTypeUtils;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

import io.llmserving.api.ChatMessage;
import io.llmserving.api.DeadlineExceededException;
import io.llmserving.api.EngineFailedException;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.InvalidRequestException;
import io.llmserving.api.LlmServingException;
import io.llmserving.api.ModelNotFoundException;
import io.llmserving.api.NotReadyException;
import io.llmserving.api.OverloadedException;
import io.llmserving.api.QuotaExceededException;
import io.llmserving.api.ShuttingDownException;
import io.llmserving.api.SlowConsumerException;
import io.llmserving.api.TokenInfo;
import io.llmserving.test.ScriptedEngine;
import io.llmserving.test.ScriptedServing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * A chat model over scripted engines.
 */
class LlmChatModelTests {

	private final AtomicReference<GenerationRequest> seen = new AtomicReference<>();

	private final ScriptedEngine chat = ScriptedEngine.scripted("chat", (request) -> {
		this.seen.set(request);
		return Flux.just("Hel", "lo");
	});

	private final ScriptedServing serving = new ScriptedServing(this.chat, ScriptedEngine.answering("small", "tiny"));

	private final LlmChatModel model = LlmChatModel.builder(this.serving).model("chat").build();

	@Test
	void aCallAnswersWithTextUsageAndReason() {
		ChatResponse response = this.model.call(new Prompt(List.of(new SystemMessage("Be brief."),
				new UserMessage("Hi"), new AssistantMessage("Yes?"), new UserMessage("Go on"))));
		assertThat(response.getResults()).hasSize(1);
		assertThat(response.getResult().getOutput().getText()).isEqualTo("Hello");
		assertThat(response.getResult().getMetadata().getFinishReason()).isEqualTo("STOP");
		assertThat(response.getMetadata().getModel()).isEqualTo("chat");
		assertThat(response.getMetadata().getId()).isEqualTo("scripted");
		assertThat(response.getMetadata().getUsage().getCompletionTokens()).isEqualTo(2);
		assertThat(response.getMetadata().getUsage().getPromptTokens()).isPositive();
		assertThat(response.getMetadata().getUsage().getCacheReadInputTokens()).isZero();
		assertThat(response.getMetadata().<Object>get("timings")).isNotNull();
		assertThat(this.seen.get().messages()).containsExactly(ChatMessage.system("Be brief."), ChatMessage.user("Hi"),
				ChatMessage.assistant("Yes?"), ChatMessage.user("Go on"));
	}

	@Test
	void aStreamComesPieceByPieceAndEndsWithReasonAndUsage() {
		List<ChatResponse> responses = this.model.stream(new Prompt("Hi")).collectList().block(Duration.ofSeconds(10));
		assertThat(responses).extracting((response) -> response.getResult().getOutput().getText())
			.containsExactly("Hel", "lo", "");
		assertThat(responses).extracting((response) -> response.getResult().getMetadata().getFinishReason())
			.containsExactly(null, null, "STOP");
		assertThat(responses.get(2).getMetadata().getUsage().getCompletionTokens()).isEqualTo(2);
	}

	@Test
	void portableOptionsAreHonoured() {
		ChatOptions portable = ChatOptions.builder()
			.temperature(0.5)
			.topK(3)
			.topP(0.25)
			.maxTokens(1)
			.frequencyPenalty(0.75)
			.presencePenalty(-0.5)
			.stopSequences(List.of("."))
			.build();
		ChatResponse response = this.model.call(new Prompt("Hi", portable));
		assertThat(response.getResult().getOutput().getText()).isEqualTo("Hel");
		assertThat(response.getResult().getMetadata().getFinishReason()).isEqualTo("LENGTH");
		assertThat(this.seen.get().sampling().temperature()).isEqualTo(0.5f);
		assertThat(this.seen.get().sampling().topK()).isEqualTo(3);
		assertThat(this.seen.get().sampling().topP()).isEqualTo(0.25f);
		assertThat(this.seen.get().sampling().frequencyPenalty()).isEqualTo(0.75f);
		assertThat(this.seen.get().sampling().presencePenalty()).isEqualTo(-0.5f);
		assertThat(this.seen.get().sampling().stop()).containsExactly(".");
		assertThat(this.seen.get().model()).isEqualTo("chat");
	}

	@Test
	void ownOptionsAreHonouredOverTheModels() {
		LlmChatModel configured = LlmChatModel.builder(this.serving)
			.options(LlmChatOptions.builder()
				.model("chat")
				.seed(1L)
				.minP(0.5)
				.temperature(0.25)
				.stopSequences(List.of("a"))
				.build())
			.build();
		LlmChatOptions options = LlmChatOptions.builder()
			.seed(7L)
			.repetitionPenalty(1.5)
			.minTokens(2)
			.priority(-1)
			.cacheSalt("tenant")
			.deadline(Duration.ofSeconds(3))
			.stopSequences(List.of("b"))
			.build();
		configured.call(new Prompt("Hi", options));
		GenerationRequest request = this.seen.get();
		assertThat(request.sampling().seed()).isEqualTo(7);
		assertThat(request.sampling().minP()).isEqualTo(0.5f);
		assertThat(request.sampling().temperature()).isEqualTo(0.25f);
		assertThat(request.sampling().repetitionPenalty()).isEqualTo(1.5f);
		assertThat(request.sampling().minTokens()).isEqualTo(2);
		assertThat(request.sampling().stop()).containsExactly("b");
		assertThat(request.priority()).isEqualTo(-1);
		assertThat(request.cacheSalt()).isEqualTo("tenant");
		assertThat(request.deadline()).isEqualTo(Duration.ofSeconds(3));
	}

	@Test
	void theOptionModelGoesToAnotherModel() {
		ChatOptions small = ChatOptions.builder().model("small").build();
		assertThat(this.model.call(new Prompt("Hi", small)).getResult().getOutput().getText()).isEqualTo("tiny");
	}

	@Test
	void logprobsAreInTheMetadataOfAGeneration() {
		LlmChatOptions options = LlmChatOptions.builder().logprobs(1).build();
		ChatResponse response = this.model.call(new Prompt("Hi", options));
		List<TokenInfo> tokens = response.getResult().getMetadata().get("logprobs");
		assertThat(tokens).hasSize(2).allSatisfy((token) -> assertThat(token.logprob()).isEqualTo(-0.5f));
		assertThat(this.model.call(new Prompt("Hi")).getResult().getMetadata().containsKey("logprobs")).isFalse();
	}

	@Test
	void whatTheEngineCannotDoIsRefusedByName() {
		ToolCallingChatOptions tools = ToolCallingChatOptions.builder()
			.toolCallbacks(FunctionToolCallback.builder("now", () -> "noon").description("Time").build())
			.build();
		assertRefused(new Prompt("Hi", tools), "tools");
		assertRefused(new Prompt("Hi", LlmChatOptions.builder().outputSchema("{}").build()), "outputSchema");
		Media image = new Media(MimeTypeUtils.IMAGE_PNG, new ByteArrayResource(new byte[1]));
		assertRefused(new Prompt(UserMessage.builder().text("What is it?").media(image).build()), "messages");
		assertRefused(new Prompt(ToolResponseMessage.builder()
			.responses(List.of(new ToolResponseMessage.ToolResponse("1", "now", "noon")))
			.build()), "messages");
		assertRefused(new Prompt(AssistantMessage.builder()
			.content("")
			.toolCalls(List.of(new AssistantMessage.ToolCall("1", "function", "now", "{}")))
			.build()), "messages");
		assertThat(this.seen.get()).isNull();
	}

	private void assertRefused(Prompt prompt, String field) {
		assertThatExceptionOfType(NonTransientAiException.class).isThrownBy(() -> this.model.call(prompt))
			.havingCause()
			.isInstanceOfSatisfying(InvalidRequestException.class,
					(cause) -> assertThat(cause.parameter()).isEqualTo(field));
		StepVerifier.create(this.model.stream(prompt))
			.expectError(NonTransientAiException.class)
			.verify(Duration.ofSeconds(10));
	}

	static List<LlmServingException> passing() {
		Duration soon = Duration.ofSeconds(1);
		return List.of(new OverloadedException("x", soon), new NotReadyException("x", soon),
				new ShuttingDownException("x", soon), new QuotaExceededException("x", soon),
				new DeadlineExceededException("x"));
	}

	static List<LlmServingException> lasting() {
		return List.of(new InvalidRequestException("x", "n", null), new ModelNotFoundException("x"),
				new EngineFailedException("x", null), new SlowConsumerException("x"));
	}

	@ParameterizedTest
	@MethodSource("passing")
	void whatPassesIsTransient(LlmServingException error) {
		assertFailure(error, TransientAiException.class);
	}

	@ParameterizedTest
	@MethodSource("lasting")
	void whatDoesNotPassIsNot(LlmServingException error) {
		assertFailure(error, NonTransientAiException.class);
	}

	private static void assertFailure(LlmServingException error, Class<? extends RuntimeException> type) {
		ScriptedEngine failing = ScriptedEngine.scripted("failing", (request) -> Flux.error(error));
		LlmChatModel model = LlmChatModel.builder(new ScriptedServing(failing)).build();
		assertThatExceptionOfType(type).isThrownBy(() -> model.call(new Prompt("Hi"))).havingCause().isSameAs(error);
		StepVerifier.create(model.stream(new Prompt("Hi")))
			.expectErrorSatisfies((ex) -> assertThat(ex).isInstanceOf(type).hasCause(error))
			.verify(Duration.ofSeconds(10));
	}

	@Test
	void aCallOnAnEventLoopIsRefusedWithTheRemedy() {
		Mono<ChatResponse> onLoop = Mono.fromSupplier(() -> this.model.call(new Prompt("Hi")))
			.subscribeOn(Schedulers.parallel());
		assertThatIllegalStateException().isThrownBy(() -> onLoop.block(Duration.ofSeconds(10)))
			.withMessageContaining("use stream()");
	}

	@Test
	void cancellingAStreamCancelsTheGeneration() {
		ScriptedEngine endless = ScriptedEngine.scripted("endless",
				(request) -> Flux.just("more").concatWith(Flux.never()));
		LlmChatModel model = LlmChatModel.builder(new ScriptedServing(endless)).build();
		StepVerifier.create(model.stream(new Prompt("Hi")))
			.expectNextCount(1)
			.thenCancel()
			.verify(Duration.ofSeconds(10));
		assertThat(endless.cancelled()).isOne();
		assertThat(endless.running()).isZero();
	}

	@Test
	void callsAndStreamsAreObserved() {
		TestObservationRegistry registry = TestObservationRegistry.create();
		LlmChatModel observed = LlmChatModel.builder(this.serving).model("chat").observationRegistry(registry).build();
		observed.call(new Prompt("Hi", ChatOptions.builder().temperature(0.5).build()));
		TestObservationRegistryAssert.assertThat(registry)
			.hasObservationWithNameEqualTo("gen_ai.client.operation")
			.that()
			.hasBeenStarted()
			.hasBeenStopped()
			.hasContextualNameEqualTo("chat chat")
			.hasLowCardinalityKeyValue("gen_ai.system", LlmChatModel.PROVIDER)
			.hasLowCardinalityKeyValue("gen_ai.request.model", "chat")
			.hasLowCardinalityKeyValue("gen_ai.response.model", "chat")
			.hasHighCardinalityKeyValue("gen_ai.request.temperature", "0.5")
			.hasHighCardinalityKeyValue("gen_ai.usage.output_tokens", "2");
		registry.clear();
		observed.stream(new Prompt("Hi")).blockLast(Duration.ofSeconds(10));
		TestObservationRegistryAssert.assertThat(registry)
			.hasObservationWithNameEqualTo("gen_ai.client.operation")
			.that()
			.hasBeenStopped()
			.hasHighCardinalityKeyValue("gen_ai.response.finish_reasons", "[\"STOP\"]")
			.hasHighCardinalityKeyValue("gen_ai.usage.output_tokens", "2");
		registry.clear();
		assertThatExceptionOfType(NonTransientAiException.class)
			.isThrownBy(() -> observed.call(new Prompt("Hi", ChatOptions.builder().model("none").build())));
		TestObservationRegistryAssert.assertThat(registry)
			.hasObservationWithNameEqualTo("gen_ai.client.operation")
			.that()
			.hasBeenStopped()
			.hasError();
	}

}
