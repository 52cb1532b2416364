package io.llmserving.springai;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.model.tool.DefaultToolCallingChatOptions;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;
import org.springframework.ai.model.tool.ToolCallingChatOptions;

/**
 * Options of a request: Spring AI's portable ones and those that the engine has besides.
 * What is left out comes from the model's properties. Immutable. Tools and an output
 * schema can be set, as Spring AI's clients do, but are refused when a model is called.
 */
public final class LlmChatOptions extends DefaultToolCallingChatOptions implements StructuredOutputChatOptions {

	private final Builder values;

	private LlmChatOptions(Builder values, ToolCallingChatOptions portable) {
		super(portable.getToolCallbacks(), portable.getToolContext(), portable.getModel(),
				portable.getFrequencyPenalty(), portable.getMaxTokens(), portable.getPresencePenalty(),
				portable.getStopSequences(), portable.getTemperature(), portable.getTopK(), portable.getTopP());
		this.values = values;
	}

	public static Builder builder() {
		return new Builder();
	}

	/**
	 * Returns a builder that holds the values of options of any kind.
	 */
	static Builder of(ChatOptions options) {
		Builder builder = new Builder().model(options.getModel())
			.frequencyPenalty(options.getFrequencyPenalty())
			.maxTokens(options.getMaxTokens())
			.presencePenalty(options.getPresencePenalty())
			.stopSequences(options.getStopSequences())
			.temperature(options.getTemperature())
			.topK(options.getTopK())
			.topP(options.getTopP());
		if (options instanceof ToolCallingChatOptions tools) {
			builder.toolCallbacks(tools.getToolCallbacks()).toolContext(tools.getToolContext());
		}
		if (options instanceof StructuredOutputChatOptions structured) {
			builder.outputSchema(structured.getOutputSchema());
		}
		if (options instanceof LlmChatOptions ours) {
			builder.overlay(ours.values);
		}
		return builder;
	}

	/** Makes an answer repeatable. */
	public @Nullable Long getSeed() {
		return this.values.seed;
	}

	/** Drops tokens less probable than this fraction of the most probable one. */
	public @Nullable Double getMinP() {
		return this.values.minP;
	}

	/** Divides positive and multiplies negative logits of tokens seen before. */
	public @Nullable Double getRepetitionPenalty() {
		return this.values.repetitionPenalty;
	}

	/** Tokens to generate before an end is allowed. */
	public @Nullable Integer getMinTokens() {
		return this.values.minTokens;
	}

	/** How many alternatives to report per token, null for no logprobs at all. */
	public @Nullable Integer getLogprobs() {
		return this.values.logprobs;
	}

	/** Lower goes first. */
	public @Nullable Integer getPriority() {
		return this.values.priority;
	}

	/** Requests share cached prefixes only with requests of the same salt. */
	public @Nullable String getCacheSalt() {
		return this.values.cacheSalt;
	}

	/** How long the whole request may take. */
	public @Nullable Duration getDeadline() {
		return this.values.deadline;
	}

	@Override
	public @Nullable String getOutputSchema() {
		return this.values.outputSchema;
	}

	@Override
	public Builder mutate() {
		return of(this);
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof LlmChatOptions that && super.equals(other)
				&& this.values.own().equals(that.values.own());
	}

	@Override
	public int hashCode() {
		return Objects.hash(super.hashCode(), this.values.own());
	}

	/**
	 * Builds {@link LlmChatOptions}. Null unsets a value. Not for use by several threads.
	 */
	public static final class Builder extends DefaultToolCallingChatOptions.Builder<Builder>
			implements StructuredOutputChatOptions.Builder<Builder> {

		private @Nullable Long seed;

		private @Nullable Double minP;

		private @Nullable Double repetitionPenalty;

		private @Nullable Integer minTokens;

		private @Nullable Integer logprobs;

		private @Nullable Integer priority;

		private @Nullable String cacheSalt;

		private @Nullable Duration deadline;

		private @Nullable String outputSchema;

		private Builder() {
		}

		public Builder seed(@Nullable Long seed) {
			this.seed = seed;
			return this;
		}

		public Builder minP(@Nullable Double minP) {
			this.minP = minP;
			return this;
		}

		public Builder repetitionPenalty(@Nullable Double repetitionPenalty) {
			this.repetitionPenalty = repetitionPenalty;
			return this;
		}

		public Builder minTokens(@Nullable Integer minTokens) {
			this.minTokens = minTokens;
			return this;
		}

		public Builder logprobs(@Nullable Integer logprobs) {
			this.logprobs = logprobs;
			return this;
		}

		public Builder priority(@Nullable Integer priority) {
			this.priority = priority;
			return this;
		}

		public Builder cacheSalt(@Nullable String cacheSalt) {
			this.cacheSalt = cacheSalt;
			return this;
		}

		public Builder deadline(@Nullable Duration deadline) {
			this.deadline = deadline;
			return this;
		}

		@Override
		public Builder outputSchema(@Nullable String outputSchema) {
			this.outputSchema = outputSchema;
			return this;
		}

		@Override
		public Builder combineWith(ChatOptions.Builder<?> other) {
			super.combineWith(other);
			if (other instanceof Builder ours) {
				overlay(ours);
			}
			return this;
		}

		/** Takes over what is set in another of what the portable options lack. */
		private void overlay(Builder over) {
			this.seed = either(over.seed, this.seed);
			this.minP = either(over.minP, this.minP);
			this.repetitionPenalty = either(over.repetitionPenalty, this.repetitionPenalty);
			this.minTokens = either(over.minTokens, this.minTokens);
			this.logprobs = either(over.logprobs, this.logprobs);
			this.priority = either(over.priority, this.priority);
			this.cacheSalt = either(over.cacheSalt, this.cacheSalt);
			this.deadline = either(over.deadline, this.deadline);
			this.outputSchema = either(over.outputSchema, this.outputSchema);
		}

		private List<@Nullable Object> own() {
			return Arrays.asList(this.seed, this.minP, this.repetitionPenalty, this.minTokens, this.logprobs,
					this.priority, this.cacheSalt, this.deadline, this.outputSchema);
		}

		@Override
		public LlmChatOptions build() {
			Builder copy = new Builder();
			copy.overlay(this);
			return new LlmChatOptions(copy, super.build());
		}

		private static <T> @Nullable T either(@Nullable T first, @Nullable T second) {
			return (first != null) ? first : second;
		}

	}

}
