package io.llmserving.springai;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.metadata.ChatResponseMetadata;
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;

import io.llmserving.api.Channel;
import io.llmserving.api.FinishReason;
import io.llmserving.api.GenerationEvent;
import io.llmserving.api.GenerationEvent.ChoiceFinished;
import io.llmserving.api.GenerationEvent.Completed;
import io.llmserving.api.GenerationEvent.Delta;
import io.llmserving.api.GenerationEvent.Started;
import io.llmserving.api.GenerationEvent.ToolCallDelta;
import io.llmserving.api.TokenInfo;
import io.llmserving.api.Usage;

/**
 * Turns the events of one generation into responses of Spring AI: one per delta, and a
 * last one without text that has the finish reason, the usage and the timings. For the
 * events of one subscription, in their order.
 */
final class ResponseMapper {

	/** Property of a message that holds thoughts which precede the answer. */
	static final String REASONING = "reasoningContent";

	private final boolean logprobs;

	private final StringBuilder text = new StringBuilder();

	private final StringBuilder reasoning = new StringBuilder();

	private final List<TokenInfo> tokens = new ArrayList<>();

	private String id = "";

	private String model = "";

	private @Nullable FinishReason reason;

	private @Nullable Completed completed;

	ResponseMapper(boolean logprobs) {
		this.logprobs = logprobs;
	}

	/**
	 * Returns what an event adds to a stream, null for nothing.
	 */
	@Nullable ChatResponse accept(GenerationEvent event) {
		return switch (event) {
			case Started started -> {
				this.id = started.requestId();
				this.model = started.model();
				yield null;
			}
			case Delta delta -> delta(delta);
			case ToolCallDelta call -> null;
			case ChoiceFinished finished -> {
				this.reason = finished.reason();
				yield null;
			}
			case Completed last -> {
				this.completed = last;
				yield response("", "", List.of(), finish());
			}
		};
	}

	/** Returns all that the events told, after the last of them. */
	ChatResponse whole() {
		return response(this.text.toString(), this.reasoning.toString(), this.tokens, finish());
	}

	private @Nullable ChatResponse delta(Delta delta) {
		boolean content = delta.channel() == Channel.CONTENT;
		(content ? this.text : this.reasoning).append(delta.text());
		if (this.logprobs) {
			this.tokens.addAll(delta.tokens());
		}
		if (delta.text().isEmpty() && (!this.logprobs || delta.tokens().isEmpty())) {
			return null;
		}
		return response(content ? delta.text() : "", content ? "" : delta.text(), delta.tokens(),
				ChatGenerationMetadata.builder());
	}

	private ChatResponse response(String content, String thoughts, List<TokenInfo> with,
			ChatGenerationMetadata.Builder about) {
		AssistantMessage message = AssistantMessage.builder()
			.content(content)
			.properties(thoughts.isEmpty() ? Map.of() : Map.of(REASONING, thoughts))
			.build();
		if (this.logprobs && !with.isEmpty()) {
			about.metadata("logprobs", List.copyOf(with));
		}
		return new ChatResponse(List.of(new Generation(message, about.build())), metadata());
	}

	private ChatGenerationMetadata.Builder finish() {
		ChatGenerationMetadata.Builder about = ChatGenerationMetadata.builder();
		FinishReason why = this.reason;
		return (why != null) ? about.finishReason(why.name()) : about;
	}

	private ChatResponseMetadata metadata() {
		ChatResponseMetadata.Builder metadata = ChatResponseMetadata.builder().id(this.id).model(this.model);
		Completed last = this.completed;
		if (last != null) {
			Usage usage = last.usage();
			metadata
				.usage(new DefaultUsage(usage.promptTokens(), usage.completionTokens(), usage.totalTokens(), usage,
						(long) usage.cachedTokens(), null))
				.keyValue("timings", last.timings());
		}
		return metadata.build();
	}

}
