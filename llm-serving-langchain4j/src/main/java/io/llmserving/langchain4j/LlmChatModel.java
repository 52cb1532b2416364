package io.llmserving.langchain4j;

import java.util.Objects;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;

import io.llmserving.api.LlmServing;
import io.llmserving.api.LlmServingException;

/**
 * One model as a chat model of LangChain4j; a request's model name may name another.
 * Blocks, so not for event loops. Safe for use by many threads.
 */
public final class LlmChatModel implements ChatModel {

	private final LlmServing serving;

	private final ChatRequestParameters defaults;

	/**
	 * Creates a chat model.
	 * @param model id or route of the model
	 */
	public LlmChatModel(LlmServing serving, String model) {
		this.serving = serving;
		this.defaults = ChatRequestParameters.builder().modelName(model).build();
	}

	@Override
	public ChatRequestParameters defaultRequestParameters() {
		return this.defaults;
	}

	@Override
	public ChatResponse doChat(ChatRequest request) {
		ResponseCollector answer = new ResponseCollector();
		try {
			this.serving.generate(RequestMapper.map(request)).doOnNext(answer::accept).blockLast();
		}
		catch (LlmServingException ex) {
			throw ErrorMapper.map(ex);
		}
		return Objects.requireNonNull(answer.response());
	}

}
