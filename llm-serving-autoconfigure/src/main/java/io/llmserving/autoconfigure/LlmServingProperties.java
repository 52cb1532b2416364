package io.llmserving.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.Name;
import org.springframework.util.unit.DataSize;

/**
 * Properties of the engine and its endpoints.
 *
 * @param enabled Whether the engine is configured at all.
 * @param defaultModel Id of the model that answers requests which name none; needed from
 * two models on.
 * @param startup Whether the application waits for its required models before it opens
 * its ports.
 * @param cacheDirectory Directory for downloaded models and the native library; by
 * default .cache/llm-serving in the user's home.
 * @param offline Whether nothing is fetched from outside.
 * @param nativeLibrary Where the native library comes from.
 * @param memory Memory that all models share.
 * @param compute Threads that all models share.
 * @param defaults Values for all models; a model's own value wins.
 * @param models Models by their ids, which consist of the letters a to z and digits.
 * @param routes Further names under which requests reach models: aliases, or several
 * models by their shares of the traffic.
 * @param openai OpenAI's endpoints.
 * @param shutdown How the engine stops.
 * @param health How health is judged.
 */
@ConfigurationProperties("llm.serving")
public record LlmServingProperties(@DefaultValue("true") boolean enabled, @Nullable String defaultModel,
		@DefaultValue("background") Startup startup, @Nullable String cacheDirectory,
		@DefaultValue("false") boolean offline, @Name("native") @DefaultValue NativeLibrary nativeLibrary,
		@DefaultValue Memory memory, @DefaultValue Compute compute, @DefaultValue Model defaults,
		@DefaultValue Map<String, Model> models, @DefaultValue List<RouteProperties> routes,
		@DefaultValue OpenAi openai, @DefaultValue Shutdown shutdown, @DefaultValue Health health) {

	/**
	 * When the application counts as started.
	 */
	public enum Startup {

		/** Models load while the application runs. */
		BACKGROUND,

		/** The ports open once all required models are ready. */
		BLOCKING

	}

	/**
	 * Where the native library comes from.
	 *
	 * @param libraryPath Path of a library to use instead of the one in the jar.
	 * @param extractDirectory Directory to which the library is extracted; must allow
	 * execution.
	 */
	public record NativeLibrary(@Nullable String libraryPath, @Nullable String extractDirectory) {
	}

	/**
	 * Memory that all models share.
	 *
	 * @param maxSize Weights and caches of all models together; by default three quarters
	 * of the memory that is there, less the maximum heap.
	 */
	public record Memory(@Nullable DataSize maxSize) {
	}

	/**
	 * Threads that all models share.
	 *
	 * @param threads Size of the thread team; 0 for the number of physical cores.
	 */
	public record Compute(@DefaultValue("0") int threads) {
	}

	/**
	 * One model. Every value may be left out; those under {@code llm.serving.defaults}
	 * stand in.
	 *
	 * @param source Where the model comes from: file:, classpath:, https:, hf: or pypi:.
	 * @param device Device that runs the model: auto, cpu, cuda, hip or emulator; auto
	 * takes a CUDA device, else a HIP device, else the CPU.
	 * @param deviceIds Which of several devices of a kind, counted from 0; by default the
	 * first.
	 * @param load When the model is loaded: startup, on-demand or manual.
	 * @param required Whether the application is ready only when the model is.
	 * @param pinned Whether the model's memory is never taken for another one that is
	 * loaded on demand.
	 * @param fallback Id of the model that answers where this one cannot: it is not
	 * loaded, its queue is full, it failed before its first event.
	 * @param activations Precision of activations: auto or f32, the exact mode of the
	 * CPU.
	 * @param deterministic Whether an answer is the same to the bit whatever else runs:
	 * auto, true or false; auto is true on a CPU, false on a GPU.
	 * @param contextLength Most tokens of a sequence, prompt and answer together.
	 * @param kvCache Cache of keys and values.
	 * @param scheduling Limits of the scheduler.
	 * @param sampling Sampling values for requests that leave them out.
	 * @param restart What happens after a failure of the engine.
	 */
	public record Model(@Nullable String source, @Nullable String device, @Nullable List<Integer> deviceIds,
			@Nullable String load, @Nullable Boolean required, @Nullable Boolean pinned, @Nullable String fallback,
			@Nullable String activations, @Nullable String deterministic, @Nullable Integer contextLength,
			@DefaultValue KvCache kvCache, @DefaultValue Scheduling scheduling, @DefaultValue Sampling sampling,
			@DefaultValue Restart restart) {
	}

	/**
	 * Cache of keys and values.
	 *
	 * @param size Most bytes of the pool.
	 * @param type Type of the elements: auto, f32, bf16, fp8 or int8; a CPU has all but
	 * fp8, GPUs all but f32.
	 * @param blockSize Tokens per block: 16, 32, 64 or 128.
	 * @param prefixSharing Whether requests share the blocks of a common prefix.
	 */
	public record KvCache(@Nullable DataSize size, @Nullable String type, @Nullable Integer blockSize,
			@Nullable Boolean prefixSharing) {
	}

	/**
	 * Limits of the scheduler.
	 *
	 * @param maxSequences Most sequences that run at once.
	 * @param tokensPerStep Most tokens that one step computes.
	 * @param queueSize Most sequences that wait.
	 * @param requestTimeout How long a request may take that sets no deadline of its own.
	 * @param readyTimeout How long a request waits for a model that is still loading.
	 * @param slowReaderTimeout How long a subscriber may ask for nothing.
	 */
	public record Scheduling(@Nullable Integer maxSequences, @Nullable Integer tokensPerStep,
			@Nullable Integer queueSize, @Nullable Duration requestTimeout, @Nullable Duration readyTimeout,
			@Nullable Duration slowReaderTimeout) {
	}

	/**
	 * Sampling values for requests that leave them out.
	 *
	 * @param maxTokens Most tokens of an answer, for chat and beans.
	 * @param temperature Divides the logits; 0 takes the most probable token.
	 * @param topP Probability mass of the most probable tokens that are kept.
	 * @param topK Number of most probable tokens that are kept.
	 * @param minP Least probability that is kept, relative to the most probable token.
	 * @param repetitionPenalty Penalty for tokens seen in prompt or answer.
	 * @param presencePenalty Penalty for tokens seen in the answer.
	 * @param frequencyPenalty Penalty for each occurrence of a token in the answer.
	 * @param stop Texts that end an answer.
	 */
	public record Sampling(@Nullable Integer maxTokens, @Nullable Float temperature, @Nullable Float topP,
			@Nullable Integer topK, @Nullable Float minP, @Nullable Float repetitionPenalty,
			@Nullable Float presencePenalty, @Nullable Float frequencyPenalty, @Nullable List<String> stop) {
	}

	/**
	 * What happens after a failure of the engine.
	 *
	 * @param maxAttempts Restarts in a row before the model counts as failed.
	 * @param initialDelay Wait before the first restart; it doubles with each further
	 * one.
	 * @param maxDelay Longest wait between restarts.
	 */
	public record Restart(@Nullable Integer maxAttempts, @Nullable Duration initialDelay, @Nullable Duration maxDelay) {
	}

	/**
	 * OpenAI's endpoints.
	 *
	 * @param enabled Whether the endpoints are there.
	 * @param basePath Path that all of them begin with.
	 * @param maxRequestSize Largest request body.
	 * @param heartbeat How often a silent stream sends a comment; 0s for never.
	 * @param lenient Whether unknown request fields are ignored instead of refused.
	 * @param maxRequestTimeout Longest time that a client may ask for by the header
	 * X-Request-Timeout; a longer one is cut to it.
	 */
	public record OpenAi(@DefaultValue("true") boolean enabled, @DefaultValue("/v1") String basePath,
			@DefaultValue("16MB") DataSize maxRequestSize, @DefaultValue("15s") Duration heartbeat,
			@DefaultValue("false") boolean lenient, @DefaultValue("5m") Duration maxRequestTimeout) {
	}

	/**
	 * How the engine stops.
	 *
	 * @param drainTimeout How long running answers may go on after the application was
	 * told to stop.
	 */
	public record Shutdown(@DefaultValue("25s") Duration drainTimeout) {
	}

	/**
	 * How health is judged.
	 *
	 * @param stuckAfter Age of a step without progress at which liveness breaks.
	 * @param probeInterval How often a model that loads at start-up and is idle has to
	 * generate a token to count as healthy; 0s for never.
	 */
	public record Health(@DefaultValue("30s") Duration stuckAfter, @DefaultValue("0s") Duration probeInterval) {
	}

}
