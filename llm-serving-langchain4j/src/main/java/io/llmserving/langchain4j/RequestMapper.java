package io.llmserving.langchain4j;

import java.util.List;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import org.jspecify.annotations.Nullable;

import io.llmserving.api.ChatMessage;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.SamplingParameters;

/**
 * Turns a request of LangChain4j into one of the engine's. What the engine cannot do is
 * refused instead of being ignored.
 */
final class RequestMapper {

	private RequestMapper() {
	}

	static GenerationRequest map(ChatRequest request) {
		refuse(!request.toolSpecifications().isEmpty(), "Tools cannot be called yet");
		refuse(request.responseFormat() != null && request.responseFormat().type() == ResponseFormatType.JSON,
				"A response format cannot be enforced yet");
		SamplingParameters.Builder sampling = SamplingParameters.builder()
			.temperature(toFloat(request.temperature()))
			.topP(toFloat(request.topP()))
			.topK(request.topK())
			.frequencyPenalty(toFloat(request.frequencyPenalty()))
			.presencePenalty(toFloat(request.presencePenalty()))
			.maxTokens(request.maxOutputTokens())
			.stop(request.stopSequences());
		List<ChatMessage> messages = request.messages().stream().map(RequestMapper::message).toList();
		return GenerationRequest.chat(messages).model(request.modelName()).sampling(sampling.build()).build();
	}

	private static ChatMessage message(dev.langchain4j.data.message.ChatMessage message) {
		return switch (message) {
			case SystemMessage system -> ChatMessage.system(system.text());
			case UserMessage user when user.hasSingleText() -> ChatMessage.user(user.singleText());
			case AiMessage ai when !ai.hasToolExecutionRequests() -> ChatMessage.assistant(String.valueOf(ai.text()));
			default -> throw new UnsupportedFeatureException(
					"A message of type %s with other than one text cannot be read".formatted(message.type()));
		};
	}

	private static @Nullable Float toFloat(@Nullable Double value) {
		return (value != null) ? value.floatValue() : null;
	}

	private static void refuse(boolean asked, String message) {
		if (asked) {
			throw new UnsupportedFeatureException(message);
		}
	}

}
