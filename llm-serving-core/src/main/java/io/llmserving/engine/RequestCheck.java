package io.llmserving.engine;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

import org.jspecify.annotations.Nullable;

import io.llmserving.api.ChatMessage;
import io.llmserving.api.GenerationRequest;
import io.llmserving.api.InvalidRequestException;
import io.llmserving.api.SamplingParameters;
import io.llmserving.cache.BlockHasher;
import io.llmserving.cache.BlockKeys;
import io.llmserving.decoding.SlotRules;
import io.llmserving.decoding.StopRules;
import io.llmserving.runtime.StepLimits;
import io.llmserving.text.TokenBytes;

/**
 * Checks requests and fills in defaults, on the submitting thread.
 */
final class RequestCheck {

	private final LoadedModel model;

	private final EngineSettings settings;

	private final int context;

	private final int topTokens;

	private final int blockSize;

	private final TokenBytes bytes;

	private final PromptBound bound;

	RequestCheck(LoadedModel model, EngineSettings settings, int context, StepLimits limits) {
		this.model = model;
		this.settings = settings;
		this.context = context;
		this.topTokens = limits.topTokens();
		this.blockSize = limits.blockSize();
		this.bytes = TokenBytes.of(model.tokenizer());
		this.bound = new PromptBound(this.bytes, context);
	}

	/** Returns what the model's tokens stand for. */
	TokenBytes bytes() {
		return this.bytes;
	}

	Admitted check(GenerationRequest request) {
		SamplingParameters sampling = merge(request.sampling());
		ranges(sampling);
		Integer asked = request.sampling().maxTokens();
		require(asked == null || (asked >= 0 && asked <= this.context), "max_tokens",
				"max_tokens is %d; this model's maximum context length is %d tokens".formatted(asked, this.context));
		Integer limit = sampling.maxTokens();
		this.bound.check(request);
		int[] prompt = prompt(request);
		require(prompt.length > 0, "prompt", "The prompt is empty");
		if (prompt.length > this.context || (prompt.length == this.context && (limit == null || limit > 0))) {
			throw new InvalidRequestException(
					"This model's maximum context length is %d tokens, but the prompt has %d tokens: shorten it"
						.formatted(this.context, prompt.length),
					"messages", "context_length_exceeded");
		}
		for (int id : prompt) {
			token(id, "prompt");
		}
		int room = this.context - prompt.length;
		Long seed = sampling.seed();
		long key = (seed == null || seed == -1) ? ThreadLocalRandom.current().nextLong() : seed;
		String id = Objects.requireNonNullElseGet(request.requestId(), () -> UUID.randomUUID().toString());
		BlockHasher hasher = new BlockHasher();
		BlockKeys keys = new BlockKeys(hasher, this.blockSize, this.model.revision(),
				Objects.requireNonNullElse(request.cacheSalt(), ""));
		keys.extend(hasher, prompt, prompt.length);
		int most = (limit != null) ? Math.min(limit, room) : room;
		long patience = Objects.requireNonNullElse(request.deadline(), this.settings.requestTimeout()).toNanos();
		Duration first = request.firstTokenDeadline();
		long now = System.nanoTime();
		return new Admitted(id, prompt, sampling, most, request.priority(),
				now + ((first != null) ? Math.min(first.toNanos(), patience) : patience), now + patience,
				SlotRules.of(sampling, key, this.model.eos()),
				new StopRules(sampling, this.model.eos(), most, this.bytes), keys);
	}

	private int[] prompt(GenerationRequest request) {
		int[] prompt = request.tokens();
		List<ChatMessage> messages = request.messages();
		if (messages != null) {
			prompt = this.model.tokenizer()
				.encodeChat(messages, request.addGenerationPrompt(), request.templateVariables());
		}
		else if (prompt == null) {
			String text = Objects.requireNonNullElse(request.prompt(), "");
			prompt = this.model.tokenizer().encode(text, request.addSpecialTokens(), false);
		}
		Integer cut = request.truncatePromptTokens();
		if (cut == null) {
			return prompt;
		}
		require(cut == -1 || cut > 0, "truncate_prompt_tokens", "truncate_prompt_tokens is %d".formatted(cut));
		int kept = Math.min(prompt.length, (cut == -1) ? this.context - 1 : cut);
		return Arrays.copyOfRange(prompt, prompt.length - kept, prompt.length);
	}

	private SamplingParameters merge(SamplingParameters own) {
		SamplingParameters first = this.settings.sampling();
		SamplingParameters second = this.model.sampling();
		return own.toBuilder()
			.temperature(first(own.temperature(), first.temperature(), second.temperature()))
			.topP(first(own.topP(), first.topP(), second.topP()))
			.topK(first(own.topK(), first.topK(), second.topK()))
			.minP(first(own.minP(), first.minP(), second.minP()))
			.repetitionPenalty(first(own.repetitionPenalty(), first.repetitionPenalty(), second.repetitionPenalty()))
			.presencePenalty(first(own.presencePenalty(), first.presencePenalty(), second.presencePenalty()))
			.frequencyPenalty(first(own.frequencyPenalty(), first.frequencyPenalty(), second.frequencyPenalty()))
			.maxTokens(first(own.maxTokens(), first.maxTokens(), second.maxTokens()))
			.stop(own.stop().isEmpty() ? first.stop() : own.stop())
			.build();
	}

	private static <T> @Nullable T first(@Nullable T own, @Nullable T settings, @Nullable T model) {
		if (own != null) {
			return own;
		}
		return (settings != null) ? settings : model;
	}

	private void ranges(SamplingParameters p) {
		require(p.n() >= 1 && p.n() <= this.settings.queueSize(), "n",
				"n is %d, allowed are 1 to %d".formatted(p.n(), this.settings.queueSize()));
		range(p.temperature(), 0, 2, "temperature");
		range(p.topP(), Float.MIN_VALUE, 1, "top_p");
		range(p.minP(), 0, 1, "min_p");
		range(p.repetitionPenalty(), Float.MIN_VALUE, Float.MAX_VALUE, "repetition_penalty");
		range(p.presencePenalty(), -2, 2, "presence_penalty");
		range(p.frequencyPenalty(), -2, 2, "frequency_penalty");
		range(p.topK(), -1, Integer.MAX_VALUE, "top_k");
		range(p.logprobs(), 0, this.topTokens, "logprobs");
		range(p.promptLogprobs(), 0, this.topTokens, "prompt_logprobs");
		range(p.minTokens(), 0, this.context, "min_tokens");
		Integer most = p.maxTokens();
		require(most == null || p.minTokens() <= most, "min_tokens", "min_tokens is greater than max_tokens");
		for (String stop : p.stop()) {
			require(!stop.isEmpty(), "stop", "A stop string is empty");
		}
		p.stopTokenIds().forEach((id) -> token(id, "stop_token_ids"));
		p.logitBias().forEach((id, bias) -> {
			token(id, "logit_bias");
			require(!Float.isNaN(bias), "logit_bias", "The bias of token %d is not a number".formatted(id));
		});
	}

	private static void range(@Nullable Number value, double least, double most, String name) {
		require(value == null || (value.doubleValue() >= least && value.doubleValue() <= most), name,
				"%s is %s, allowed are %s to %s".formatted(name, value, least, most));
	}

	private void token(int id, String name) {
		int size = this.model.info().vocabularySize();
		require(id >= 0 && id < size, name, "%s holds token %d of a vocabulary of %d".formatted(name, id, size));
	}

	private static void require(boolean holds, String name, String message) {
		if (!holds) {
			throw new InvalidRequestException(message, name, null);
		}
	}

}
