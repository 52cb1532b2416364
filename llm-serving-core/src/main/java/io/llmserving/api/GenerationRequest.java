package io.llmserving.api;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What to generate. Exactly one of messages, prompt text and prompt tokens is set.
 * Immutable.
 */
public final class GenerationRequest {

	private final Builder values;

	private GenerationRequest(Builder values) {
		this.values = values;
	}

	/**
	 * Starts a request that continues a conversation with the assistant's turn.
	 */
	public static Builder chat(List<ChatMessage> messages) {
		Builder builder = new Builder();
		builder.messages = List.copyOf(messages);
		return builder;
	}

	/**
	 * Starts a request that continues a text, without any chat template.
	 */
	public static Builder prompt(String prompt) {
		Builder builder = new Builder();
		builder.prompt = prompt;
		return builder;
	}

	/**
	 * Starts a request that continues token ids, to which nothing is added.
	 */
	public static Builder tokens(int... tokens) {
		Builder builder = new Builder();
		builder.tokens = tokens.clone();
		return builder;
	}

	public @Nullable List<ChatMessage> messages() {
		return this.values.messages;
	}

	public @Nullable String prompt() {
		return this.values.prompt;
	}

	/** Returns the prompt's token ids; callers must not modify them. */
	public int @Nullable [] tokens() {
		return this.values.tokens;
	}

	/** Id or route of the model, null for the default one. */
	public @Nullable String model() {
		return this.values.model;
	}

	public SamplingParameters sampling() {
		return this.values.sampling;
	}

	/** How long the whole request may take, null for the model's request timeout. */
	public @Nullable Duration deadline() {
		return this.values.deadline;
	}

	/** How long the first token may take, null for as long as the whole request. */
	public @Nullable Duration firstTokenDeadline() {
		return this.values.firstTokenDeadline;
	}

	/** Lower is sooner, 0 if unset. */
	public int priority() {
		return this.values.priority;
	}

	/** Requests share cached prefixes only with requests of the same salt. */
	public @Nullable String cacheSalt() {
		return this.values.cacheSalt;
	}

	/** The request's id, null for a generated one. */
	public @Nullable String requestId() {
		return this.values.requestId;
	}

	/** Further variables of the chat template, as plain JSON values. */
	public Map<String, Object> templateVariables() {
		return this.values.templateVariables;
	}

	/**
	 * Keeps only this many last prompt tokens: -1 for as many as fit, null for no cut.
	 */
	public @Nullable Integer truncatePromptTokens() {
		return this.values.truncatePromptTokens;
	}

	/** Whether the assistant's turn is opened after the last message. */
	public boolean addGenerationPrompt() {
		return this.values.addGenerationPrompt;
	}

	/** Whether a begin-of-sequence token is put before a prompt text. */
	public boolean addSpecialTokens() {
		return this.values.addSpecialTokens;
	}

	/**
	 * Returns a builder that holds these values.
	 */
	public Builder toBuilder() {
		return new Builder(this.values);
	}

	/**
	 * Builds a {@link GenerationRequest}. Not for use by several threads.
	 */
	public static final class Builder {

		private @Nullable List<ChatMessage> messages;

		private @Nullable String prompt;

		private int @Nullable [] tokens;

		private @Nullable String model;

		private SamplingParameters sampling = SamplingParameters.defaults();

		private @Nullable Duration deadline;

		private @Nullable Duration firstTokenDeadline;

		private int priority;

		private @Nullable String cacheSalt;

		private @Nullable String requestId;

		private Map<String, Object> templateVariables = Map.of();

		private @Nullable Integer truncatePromptTokens;

		private boolean addGenerationPrompt = true;

		private boolean addSpecialTokens = true;

		private Builder() {
		}

		private Builder(Builder other) {
			this.messages = other.messages;
			this.prompt = other.prompt;
			this.tokens = other.tokens;
			this.model = other.model;
			this.sampling = other.sampling;
			this.deadline = other.deadline;
			this.firstTokenDeadline = other.firstTokenDeadline;
			this.priority = other.priority;
			this.cacheSalt = other.cacheSalt;
			this.requestId = other.requestId;
			this.templateVariables = other.templateVariables;
			this.truncatePromptTokens = other.truncatePromptTokens;
			this.addGenerationPrompt = other.addGenerationPrompt;
			this.addSpecialTokens = other.addSpecialTokens;
		}

		public Builder model(@Nullable String model) {
			this.model = model;
			return this;
		}

		public Builder sampling(SamplingParameters sampling) {
			this.sampling = sampling;
			return this;
		}

		public Builder deadline(@Nullable Duration deadline) {
			this.deadline = deadline;
			return this;
		}

		public Builder firstTokenDeadline(@Nullable Duration deadline) {
			this.firstTokenDeadline = deadline;
			return this;
		}

		public Builder priority(int priority) {
			this.priority = priority;
			return this;
		}

		public Builder cacheSalt(@Nullable String cacheSalt) {
			this.cacheSalt = cacheSalt;
			return this;
		}

		public Builder requestId(@Nullable String requestId) {
			this.requestId = requestId;
			return this;
		}

		public Builder templateVariables(Map<String, Object> templateVariables) {
			this.templateVariables = Map.copyOf(templateVariables);
			return this;
		}

		public Builder truncatePromptTokens(@Nullable Integer truncatePromptTokens) {
			this.truncatePromptTokens = truncatePromptTokens;
			return this;
		}

		public Builder addGenerationPrompt(boolean addGenerationPrompt) {
			this.addGenerationPrompt = addGenerationPrompt;
			return this;
		}

		public Builder addSpecialTokens(boolean addSpecialTokens) {
			this.addSpecialTokens = addSpecialTokens;
			return this;
		}

		public GenerationRequest build() {
			return new GenerationRequest(new Builder(this));
		}

	}

}
