package io.llmserving.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;

import io.llmserving.api.Channel;
import io.llmserving.api.GenerationEvent;

/**
 * Collects the events of one generation into a response.
 */
final class ResponseCollector {

	private final StringBuilder text = new StringBuilder();

	private final ChatResponse.Builder response = ChatResponse.builder();

	/** Takes an event; returns the text that it adds. */
	String accept(GenerationEvent event) {
		switch (event) {
			case GenerationEvent.Started started -> this.response.id(started.requestId()).modelName(started.model());
			case GenerationEvent.Delta delta when delta.channel() == Channel.CONTENT -> {
				this.text.append(delta.text());
				return delta.text();
			}
			case GenerationEvent.ChoiceFinished finished -> this.response.finishReason(switch (finished.reason()) {
				case STOP -> FinishReason.STOP;
				case LENGTH -> FinishReason.LENGTH;
				case TOOL_CALLS -> FinishReason.TOOL_EXECUTION;
			});
			case GenerationEvent.Completed completed -> this.response
				.tokenUsage(new TokenUsage(completed.usage().promptTokens(), completed.usage().completionTokens()));
			default -> {
			}
		}
		return "";
	}

	ChatResponse response() {
		return this.response.aiMessage(AiMessage.from(this.text.toString())).build();
	}

}
