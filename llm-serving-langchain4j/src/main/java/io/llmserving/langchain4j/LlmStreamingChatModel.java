package io.llmserving.langchain4j;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import reactor.core.Disposable;
import reactor.core.Disposables;

import io.llmserving.api.LlmServing;
import io.llmserving.api.LlmServingException;

/**
 * One model as a streaming chat model of LangChain4j. The handle of a piece cancels the
 * generation. Safe for use by many threads.
 */
public final class LlmStreamingChatModel implements StreamingChatModel {

	private final LlmServing serving;

	private final ChatRequestParameters defaults;

	/**
	 * Creates a chat model.
	 * @param model id or route of the model
	 */
	public LlmStreamingChatModel(LlmServing serving, String model) {
		this.serving = serving;
		this.defaults = ChatRequestParameters.builder().modelName(model).build();
	}

	@Override
	public ChatRequestParameters defaultRequestParameters() {
		return this.defaults;
	}

	@Override
	public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
		ResponseCollector answer = new ResponseCollector();
		Disposable.Swap generation = Disposables.swap();
		PartialResponseContext context = new PartialResponseContext(new Handle(generation));
		generation.update(this.serving.generate(RequestMapper.map(request)).subscribe((event) -> {
			String text = answer.accept(event);
			if (!text.isEmpty()) {
				handler.onPartialResponse(new PartialResponse(text), context);
			}
		}, (error) -> handler.onError((error instanceof LlmServingException ours) ? ErrorMapper.map(ours) : error),
				() -> handler.onCompleteResponse(answer.response())));
	}

	private record Handle(Disposable generation) implements StreamingHandle {

		@Override
		public void cancel() {
			this.generation.dispose();
		}

		@Override
		public boolean isCancelled() {
			return this.generation.isDisposed();
		}

	}

}
