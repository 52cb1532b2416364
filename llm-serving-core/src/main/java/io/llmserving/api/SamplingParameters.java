package io.llmserving.api;

import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * How tokens are chosen and when a choice ends. Unset values fall back to the model's
 * properties, then to its {@code generation_config.json}, then to neutral ones.
 * Immutable.
 */
public final class SamplingParameters {

	private static final SamplingParameters DEFAULTS = builder().build();

	private final Builder values;

	private SamplingParameters(Builder values) {
		this.values = values;
	}

	/**
	 * Returns parameters in which nothing is set.
	 */
	public static SamplingParameters defaults() {
		return DEFAULTS;
	}

	public static Builder builder() {
		return new Builder();
	}

	/** Number of choices, 1 if unset. */
	public int n() {
		return (this.values.n != null) ? this.values.n : 1;
	}

	/** Divides the logits; below 1e-5 the most probable token is taken. */
	public @Nullable Float temperature() {
		return this.values.temperature;
	}

	/** Keeps the most probable tokens whose probabilities add up to this. */
	public @Nullable Float topP() {
		return this.values.topP;
	}

	/** Keeps this many most probable tokens; 0 and -1 keep all. */
	public @Nullable Integer topK() {
		return this.values.topK;
	}

	/** Drops tokens less probable than this fraction of the most probable one. */
	public @Nullable Float minP() {
		return this.values.minP;
	}

	/**
	 * Divides positive and multiplies negative logits of tokens seen in prompt or output.
	 */
	public @Nullable Float repetitionPenalty() {
		return this.values.repetitionPenalty;
	}

	/** Subtracted from the logits of tokens seen in the output. */
	public @Nullable Float presencePenalty() {
		return this.values.presencePenalty;
	}

	/**
	 * Subtracted from the logits of tokens once for each time they occur in the output.
	 */
	public @Nullable Float frequencyPenalty() {
		return this.values.frequencyPenalty;
	}

	/** Added to the logits of single tokens, clamped to -100 .. 100. */
	public Map<Integer, Float> logitBias() {
		return this.values.logitBias;
	}

	/** Makes the choice repeatable. */
	public @Nullable Long seed() {
		return this.values.seed;
	}

	/** Most tokens to generate for each choice. */
	public @Nullable Integer maxTokens() {
		return this.values.maxTokens;
	}

	/** Tokens to generate before an end is allowed, 0 if unset. */
	public int minTokens() {
		return (this.values.minTokens != null) ? this.values.minTokens : 0;
	}

	/** Whether end-of-sequence tokens are ordinary ones. */
	public boolean ignoreEos() {
		return this.values.ignoreEos;
	}

	/** Texts that end a choice where they begin. */
	public List<String> stop() {
		return this.values.stop;
	}

	/** Token ids that end a choice. */
	public List<Integer> stopTokenIds() {
		return this.values.stopTokenIds;
	}

	/** Whether the stop string that ended a choice stays in its text. */
	public boolean includeStop() {
		return this.values.includeStop;
	}

	/** Whether special tokens leave no text in the answer. */
	public boolean skipSpecialTokens() {
		return this.values.skipSpecialTokens;
	}

	/**
	 * How many alternatives to report per generated token: null for no logprobs at all.
	 */
	public @Nullable Integer logprobs() {
		return this.values.logprobs;
	}

	/** How many alternatives to report per prompt token: null for no prompt logprobs. */
	public @Nullable Integer promptLogprobs() {
		return this.values.promptLogprobs;
	}

	/**
	 * Returns a builder that holds these values.
	 */
	public Builder toBuilder() {
		return new Builder(this.values);
	}

	/**
	 * Builds {@link SamplingParameters}. Null unsets a value. Not for use by several
	 * threads. Ranges are checked when a request is submitted, against the model's
	 * limits.
	 */
	public static final class Builder {

		private @Nullable Integer n;

		private @Nullable Float temperature;

		private @Nullable Float topP;

		private @Nullable Integer topK;

		private @Nullable Float minP;

		private @Nullable Float repetitionPenalty;

		private @Nullable Float presencePenalty;

		private @Nullable Float frequencyPenalty;

		private Map<Integer, Float> logitBias = Map.of();

		private @Nullable Long seed;

		private @Nullable Integer maxTokens;

		private @Nullable Integer minTokens;

		private boolean ignoreEos;

		private List<String> stop = List.of();

		private List<Integer> stopTokenIds = List.of();

		private boolean includeStop;

		private boolean skipSpecialTokens = true;

		private @Nullable Integer logprobs;

		private @Nullable Integer promptLogprobs;

		private Builder() {
		}

		private Builder(Builder other) {
			this.n = other.n;
			this.temperature = other.temperature;
			this.topP = other.topP;
			this.topK = other.topK;
			this.minP = other.minP;
			this.repetitionPenalty = other.repetitionPenalty;
			this.presencePenalty = other.presencePenalty;
			this.frequencyPenalty = other.frequencyPenalty;
			this.logitBias = other.logitBias;
			this.seed = other.seed;
			this.maxTokens = other.maxTokens;
			this.minTokens = other.minTokens;
			this.ignoreEos = other.ignoreEos;
			this.stop = other.stop;
			this.stopTokenIds = other.stopTokenIds;
			this.includeStop = other.includeStop;
			this.skipSpecialTokens = other.skipSpecialTokens;
			this.logprobs = other.logprobs;
			this.promptLogprobs = other.promptLogprobs;
		}

		public Builder n(@Nullable Integer n) {
			this.n = n;
			return this;
		}

		public Builder temperature(@Nullable Float temperature) {
			this.temperature = temperature;
			return this;
		}

		public Builder topP(@Nullable Float topP) {
			this.topP = topP;
			return this;
		}

		public Builder topK(@Nullable Integer topK) {
			this.topK = topK;
			return this;
		}

		public Builder minP(@Nullable Float minP) {
			this.minP = minP;
			return this;
		}

		public Builder repetitionPenalty(@Nullable Float repetitionPenalty) {
			this.repetitionPenalty = repetitionPenalty;
			return this;
		}

		public Builder presencePenalty(@Nullable Float presencePenalty) {
			this.presencePenalty = presencePenalty;
			return this;
		}

		public Builder frequencyPenalty(@Nullable Float frequencyPenalty) {
			this.frequencyPenalty = frequencyPenalty;
			return this;
		}

		public Builder logitBias(Map<Integer, Float> logitBias) {
			this.logitBias = Map.copyOf(logitBias);
			return this;
		}

		public Builder seed(@Nullable Long seed) {
			this.seed = seed;
			return this;
		}

		public Builder maxTokens(@Nullable Integer maxTokens) {
			this.maxTokens = maxTokens;
			return this;
		}

		public Builder minTokens(@Nullable Integer minTokens) {
			this.minTokens = minTokens;
			return this;
		}

		public Builder ignoreEos(boolean ignoreEos) {
			this.ignoreEos = ignoreEos;
			return this;
		}

		public Builder stop(List<String> stop) {
			this.stop = List.copyOf(stop);
			return this;
		}

		public Builder stop(String... stop) {
			return stop(List.of(stop));
		}

		public Builder stopTokenIds(List<Integer> stopTokenIds) {
			this.stopTokenIds = List.copyOf(stopTokenIds);
			return this;
		}

		public Builder includeStop(boolean includeStop) {
			this.includeStop = includeStop;
			return this;
		}

		public Builder skipSpecialTokens(boolean skipSpecialTokens) {
			this.skipSpecialTokens = skipSpecialTokens;
			return this;
		}

		public Builder logprobs(@Nullable Integer logprobs) {
			this.logprobs = logprobs;
			return this;
		}

		public Builder promptLogprobs(@Nullable Integer promptLogprobs) {
			this.promptLogprobs = promptLogprobs;
			return this;
		}

		public SamplingParameters build() {
			return new SamplingParameters(new Builder(this));
		}

	}

}
