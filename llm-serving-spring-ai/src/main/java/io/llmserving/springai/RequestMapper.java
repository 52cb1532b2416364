package io.llmserving.springai;

import java.util.List;

import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.util.CollectionUtils;

import io.llmserving.api.ChatMessage;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.InvalidRequestException;
import io.llmserving.api.SamplingParameters;

/**
 * Turns a prompt of Spring AI into a request. What the engine cannot do is refused by
 * name instead of being ignored.
 */
final class RequestMapper {

	private RequestMapper() {
	}

	/**
	 * Makes the request of a prompt.
	 * @throws InvalidRequestException if it asks for what cannot be done
	 */
	static GenerationRequest map(Prompt prompt, LlmChatOptions options) {
		refuse(!CollectionUtils.isEmpty(options.getToolCallbacks()), "tools",
				"Tools cannot be called yet; remove the tools");
		refuse(options.getOutputSchema() != null, "outputSchema",
				"An output schema cannot be enforced yet; leave native structured output off, so that the schema "
						+ "stands in the prompt");
		List<ChatMessage> messages = prompt.getInstructions().stream().map(RequestMapper::message).toList();
		GenerationRequest.Builder request = GenerationRequest.chat(messages)
			.model(options.getModel())
			.sampling(sampling(options))
			.cacheSalt(options.getCacheSalt())
			.deadline(options.getDeadline());
		Integer priority = options.getPriority();
		return request.priority((priority != null) ? priority : 0).build();
	}

	private static ChatMessage message(Message message) {
		String text = (message.getText() != null) ? message.getText() : "";
		return switch (message.getMessageType()) {
			case SYSTEM -> ChatMessage.system(text);
			case USER -> {
				boolean media = message instanceof UserMessage user && !user.getMedia().isEmpty();
				refuse(media, "messages", "Images and other media cannot be read; send text only");
				yield ChatMessage.user(text);
			}
			case ASSISTANT -> {
				boolean calls = message instanceof AssistantMessage assistant && assistant.hasToolCalls();
				refuse(calls, "messages", "Messages with tool calls cannot be continued yet");
				yield ChatMessage.assistant(text);
			}
			case TOOL -> throw new InvalidRequestException("Answers of tools cannot be read yet", "messages",
					"unsupported_parameter");
		};
	}

	private static SamplingParameters sampling(LlmChatOptions options) {
		SamplingParameters.Builder sampling = SamplingParameters.builder()
			.temperature(toFloat(options.getTemperature()))
			.topP(toFloat(options.getTopP()))
			.topK(options.getTopK())
			.minP(toFloat(options.getMinP()))
			.repetitionPenalty(toFloat(options.getRepetitionPenalty()))
			.presencePenalty(toFloat(options.getPresencePenalty()))
			.frequencyPenalty(toFloat(options.getFrequencyPenalty()))
			.seed(options.getSeed())
			.maxTokens(options.getMaxTokens())
			.minTokens(options.getMinTokens())
			.logprobs(options.getLogprobs());
		List<String> stop = options.getStopSequences();
		return ((stop != null) ? sampling.stop(stop) : sampling).build();
	}

	private static @Nullable Float toFloat(@Nullable Double value) {
		return (value != null) ? value.floatValue() : null;
	}

	private static void refuse(boolean asked, String field, String message) {
		if (asked) {
			throw new InvalidRequestException(message, field, "unsupported_parameter");
		}
	}

}
