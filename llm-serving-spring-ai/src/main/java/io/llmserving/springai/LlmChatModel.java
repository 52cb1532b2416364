package io.llmserving.springai;

import java.util.Objects;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.observation.ChatModelObservationContext;
import org.springframework.ai.chat.observation.ChatModelObservationConvention;
import org.springframework.ai.chat.observation.ChatModelObservationDocumentation;
import org.springframework.ai.chat.observation.DefaultChatModelObservationConvention;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

import io.llmserving.api.LlmServing;
import io.llmserving.api.LlmServingException;

/**
 * One model as a chat model of Spring AI; a request's option {@code model} may name
 * another. Takes options of any kind. Safe for use by many threads.
 */
public final class LlmChatModel implements ChatModel {

	/** Name of the provider in observations. */
	public static final String PROVIDER = "llm-serving";

	private static final ChatModelObservationConvention CONVENTION = new DefaultChatModelObservationConvention();

	private final LlmServing serving;

	private final LlmChatOptions defaults;

	private final ObservationRegistry observations;

	private final @Nullable ChatModelObservationConvention convention;

	private LlmChatModel(Builder builder) {
		this.serving = builder.serving;
		this.defaults = builder.options;
		this.observations = builder.observations;
		this.convention = builder.convention;
	}

	/**
	 * Starts a chat model over an application's models.
	 */
	public static Builder builder(LlmServing serving) {
		return new Builder(serving);
	}

	/**
	 * Answers as a whole. Blocks; use {@link #stream(Prompt)} on an event loop.
	 * @throws org.springframework.ai.retry.TransientAiException if a further try makes
	 * sense
	 * @throws org.springframework.ai.retry.NonTransientAiException if it makes none
	 * @throws IllegalStateException on a thread that must not block
	 */
	@Override
	public ChatResponse call(Prompt prompt) {
		if (Schedulers.isInNonBlockingThread()) {
			throw new IllegalStateException("call() blocks and this is the event loop thread %s: use stream()"
				.formatted(Thread.currentThread().getName()));
		}
		Prompt request = complete(prompt);
		ChatModelObservationContext context = context(request, false);
		observation(context).observe(() -> generate(request, context).blockLast());
		return Objects.requireNonNull(context.getResponse());
	}

	/**
	 * Answers piece by piece; the last response has the finish reason and the usage. Each
	 * subscription is a request; cancelling it ends the generation.
	 */
	@Override
	public Flux<ChatResponse> stream(Prompt prompt) {
		return Flux.deferContextual((view) -> {
			Prompt request = complete(prompt);
			ChatModelObservationContext context = context(request, true);
			Observation observation = observation(context);
			Observation parent = view.getOrDefault(ObservationThreadLocalAccessor.KEY, null);
			observation.parentObservation(parent).start();
			return generate(request, context).doOnError(observation::error)
				.doFinally((signal) -> observation.stop())
				.contextWrite((written) -> written.put(ObservationThreadLocalAccessor.KEY, observation));
		});
	}

	@Override
	public ChatOptions getOptions() {
		return this.defaults;
	}

	private Prompt complete(Prompt prompt) {
		ChatOptions asked = prompt.getOptions();
		if (asked == null) {
			return new Prompt(prompt.getInstructions(), this.defaults);
		}
		LlmChatOptions.Builder options = this.defaults.mutate().combineWith(LlmChatOptions.of(asked));
		if (asked.getStopSequences() != null) {
			// Combining adds to those of the defaults, which a chat client has added
			// already.
			options.stopSequences(asked.getStopSequences());
		}
		return new Prompt(prompt.getInstructions(), options.build());
	}

	/** Generates, and tells the context of the whole answer when it is there. */
	private Flux<ChatResponse> generate(Prompt request, ChatModelObservationContext context) {
		return Flux.defer(() -> {
			LlmChatOptions options = (LlmChatOptions) Objects.requireNonNull(request.getOptions());
			ResponseMapper responses = new ResponseMapper(options.getLogprobs() != null);
			return this.serving.generate(RequestMapper.map(request, options))
				.mapNotNull(responses::accept)
				.doOnComplete(() -> context.setResponse(responses.whole()));
		}).onErrorMap(LlmServingException.class, ErrorMapper::map);
	}

	private static ChatModelObservationContext context(Prompt request, boolean streaming) {
		return ChatModelObservationContext.builder().prompt(request).provider(PROVIDER).streaming(streaming).build();
	}

	private Observation observation(ChatModelObservationContext context) {
		return ChatModelObservationDocumentation.CHAT_MODEL_OPERATION.observation(this.convention, CONVENTION,
				() -> context, this.observations);
	}

	/**
	 * Builds {@link LlmChatModel}. Not for use by several threads.
	 */
	public static final class Builder {

		private final LlmServing serving;

		private LlmChatOptions options = LlmChatOptions.builder().build();

		private ObservationRegistry observations = ObservationRegistry.NOOP;

		private @Nullable ChatModelObservationConvention convention;

		private Builder(LlmServing serving) {
			this.serving = serving;
		}

		/** Sets the model's id or route; without one it is the default model. */
		public Builder model(String model) {
			this.options = this.options.mutate().model(model).build();
			return this;
		}

		/** Sets options that requests start from, the model among them. */
		public Builder options(LlmChatOptions options) {
			this.options = options;
			return this;
		}

		public Builder observationRegistry(ObservationRegistry observations) {
			this.observations = observations;
			return this;
		}

		public Builder observationConvention(@Nullable ChatModelObservationConvention convention) {
			this.convention = convention;
			return this;
		}

		public LlmChatModel build() {
			return new LlmChatModel(this);
		}

	}

}
