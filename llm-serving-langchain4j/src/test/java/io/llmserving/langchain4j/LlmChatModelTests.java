package io.llmserving.langchain4j;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.FinishReason;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

import io.llmserving.api.ChatMessage;
import io.llmserving.api.DeadlineExceededException;
import io.llmserving.api.EngineFailedException;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.LlmServingException;
import io.llmserving.api.NotReadyException;
import io.llmserving.api.OverloadedException;
import io.llmserving.test.ScriptedEngine;
import io.llmserving.test.ScriptedServing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class LlmChatModelTests {

	private final AtomicReference<GenerationRequest> seen = new AtomicReference<>();

	private final ScriptedServing serving = new ScriptedServing(ScriptedEngine.answering("other", "x"),
			ScriptedEngine.scripted("chat", (request) -> {
				this.seen.set(request);
				return Flux.just("Hel", "lo");
			}));

	private final LlmChatModel model = new LlmChatModel(this.serving, "chat");

	@Test
	void aConversationIsAnsweredWithUsageAndReason() {
		ChatResponse response = this.model.chat(ChatRequest.builder()
			.messages(SystemMessage.from("Be brief."), UserMessage.from("Hi"), AiMessage.from("Yes?"),
					UserMessage.from("Go on"))
			.temperature(0.5)
			.topK(3)
			.topP(0.25)
			.frequencyPenalty(0.75)
			.presencePenalty(-0.5)
			.maxOutputTokens(9)
			.stopSequences(List.of("."))
			.build());
		assertThat(response.aiMessage().text()).isEqualTo("Hello");
		assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
		assertThat(response.modelName()).isEqualTo("chat");
		assertThat(response.tokenUsage().outputTokenCount()).isEqualTo(2);
		assertThat(this.seen.get().messages()).containsExactly(ChatMessage.system("Be brief."), ChatMessage.user("Hi"),
				ChatMessage.assistant("Yes?"), ChatMessage.user("Go on"));
		assertThat(this.seen.get().sampling().temperature()).isEqualTo(0.5f);
		assertThat(this.seen.get().sampling().topK()).isEqualTo(3);
		assertThat(this.seen.get().sampling().topP()).isEqualTo(0.25f);
		assertThat(this.seen.get().sampling().frequencyPenalty()).isEqualTo(0.75f);
		assertThat(this.seen.get().sampling().presencePenalty()).isEqualTo(-0.5f);
		assertThat(this.seen.get().sampling().maxTokens()).isEqualTo(9);
		assertThat(this.seen.get().sampling().stop()).containsExactly(".");
		assertThat(this.model.chat("Hi")).isEqualTo("Hello");
	}

	@Test
	void aStreamComesPieceByPiece() throws Exception {
		Recorder recorder = new Recorder(false);
		new LlmStreamingChatModel(this.serving, "chat").chat("Hi", recorder);
		assertThat(recorder.response.get(10, TimeUnit.SECONDS).aiMessage().text()).isEqualTo("Hello");
		assertThat(recorder.pieces).containsExactly("Hel", "lo");
	}

	@Test
	void aStreamThatIsCancelledCancelsTheGeneration() {
		ScriptedEngine endless = ScriptedEngine.scripted("endless",
				(request) -> Flux.just("more").concatWith(Flux.never()));
		Recorder recorder = new Recorder(true);
		new LlmStreamingChatModel(new ScriptedServing(endless), "endless").chat("Hi", recorder);
		assertThat(recorder.pieces).containsExactly("more");
		assertThat(endless.cancelled()).isOne();
		assertThat(endless.running()).isZero();
		assertThat(recorder.response).isNotDone();
	}

	@Test
	void whatTheEngineCannotDoIsRefused() {
		ChatRequest.Builder tools = ChatRequest.builder()
			.messages(UserMessage.from("Hi"))
			.toolSpecifications(ToolSpecification.builder().name("now").build());
		assertRefused(tools);
		assertRefused(ChatRequest.builder().messages(UserMessage.from("Hi")).responseFormat(ResponseFormat.JSON));
		assertRefused(ChatRequest.builder()
			.messages(UserMessage.from("Hi"), ToolExecutionResultMessage.from("1", "now", "noon")));
		assertThat(this.seen.get()).isNull();
	}

	private void assertRefused(ChatRequest.Builder request) {
		assertThatExceptionOfType(UnsupportedFeatureException.class).isThrownBy(() -> this.model.chat(request.build()));
	}

	@Test
	void errorsAreThoseOfLangChain4j() throws Exception {
		assertFailure(new io.llmserving.api.InvalidRequestException("x", null, null), InvalidRequestException.class);
		assertFailure(new io.llmserving.api.ModelNotFoundException("x"), ModelNotFoundException.class);
		assertFailure(new OverloadedException("x", Duration.ZERO), RateLimitException.class);
		assertFailure(new NotReadyException("x", null), InternalServerException.class);
		assertFailure(new DeadlineExceededException("x"), TimeoutException.class);
		assertFailure(new EngineFailedException("x", null), LangChain4jException.class);
	}

	private static void assertFailure(LlmServingException error, Class<? extends Exception> type) throws Exception {
		ScriptedServing failing = new ScriptedServing(ScriptedEngine.scripted("chat", (request) -> Flux.error(error)));
		assertThatExceptionOfType(type).isThrownBy(() -> new LlmChatModel(failing, "chat").chat("Hi"))
			.havingCause()
			.isSameAs(error);
		Recorder recorder = new Recorder(false);
		new LlmStreamingChatModel(failing, "chat").chat("Hi", recorder);
		assertThat(recorder.response).failsWithin(Duration.ofSeconds(10))
			.withThrowableThat()
			.havingCause()
			.isInstanceOf(type);
	}

	private static final class Recorder implements StreamingChatResponseHandler {

		private final List<String> pieces = new ArrayList<>();

		private final CompletableFuture<ChatResponse> response = new CompletableFuture<>();

		private final boolean cancels;

		private Recorder(boolean cancels) {
			this.cancels = cancels;
		}

		@Override
		public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
			this.pieces.add(piece.text());
			if (this.cancels) {
				context.streamingHandle().cancel();
				assertThat(context.streamingHandle().isCancelled()).isTrue();
			}
		}

		@Override
		public void onCompleteResponse(ChatResponse whole) {
			this.response.complete(whole);
		}

		@Override
		public void onError(Throwable error) {
			this.response.completeExceptionally(error);
		}

	}

}
