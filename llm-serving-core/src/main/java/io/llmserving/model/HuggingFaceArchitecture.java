package io.llmserving.model;

import java.util.Arrays;

import org.jspecify.annotations.Nullable;

import io.llmserving.weights.JsonMetadata;
import io.llmserving.weights.ModelFileException;

/**
 * Architectures by the names of their classes in transformers, with those defaults of
 * their configurations that published files rely on.
 */
enum HuggingFaceArchitecture {

	LLAMA("LlamaForCausalLM", "llama", "llama"),

	MISTRAL("MistralForCausalLM", "mistral", "llama"),

	QWEN2("Qwen2ForCausalLM", "qwen2", "qwen2"),

	QWEN3("Qwen3ForCausalLM", "qwen3", "qwen3"),

	GEMMA2("Gemma2ForCausalLM", "gemma2", "gemma2"),

	GEMMA3("Gemma3ForCausalLM", "gemma3_text", "gemma3"),

	GEMMA3_OF_IMAGES("Gemma3ForConditionalGeneration", "gemma3", "gemma3"),

	PHI3("Phi3ForCausalLM", "phi3", "phi3");

	private final String className;

	private final String modelType;

	private final String ggufName;

	HuggingFaceArchitecture(String className, String modelType, String ggufName) {
		this.className = className;
		this.modelType = modelType;
		this.ggufName = ggufName;
	}

	/**
	 * Returns the architecture that a {@code config.json} names.
	 * @throws ModelFileException if it is not supported
	 */
	static HuggingFaceArchitecture of(JsonMetadata config) throws ModelFileException {
		String[] classes = config.texts("architectures");
		String type = config.text("model_type");
		for (HuggingFaceArchitecture architecture : values()) {
			if ((classes != null) ? Arrays.asList(classes).contains(architecture.className)
					: architecture.modelType.equals(type)) {
				return architecture;
			}
		}
		throw new ModelFileException(config.path(),
				"the architecture %s is not supported; known are %s".formatted(
						(classes != null) ? Arrays.toString(classes) : "of model_type '" + type + "'",
						Arrays.stream(values()).map((known) -> known.className).toList()));
	}

	String ggufName() {
		return this.ggufName;
	}

	boolean gemma() {
		return this == GEMMA2 || gemma3();
	}

	boolean gemma3() {
		return this == GEMMA3 || this == GEMMA3_OF_IMAGES;
	}

	boolean qwen() {
		return this == QWEN2 || this == QWEN3;
	}

	/**
	 * Returns what a key means where a file leaves it out, null if it has to be there.
	 */
	@Nullable Integer fallback(String key) {
		return switch (this) {
			case GEMMA2 -> switch (key) {
				case "vocab_size" -> 256000;
				case "max_position_embeddings" -> 8192;
				default -> gemmaFallback(key);
			};
			case GEMMA3, GEMMA3_OF_IMAGES -> switch (key) {
				case "vocab_size" -> 262208;
				case "max_position_embeddings" -> 131072;
				default -> gemmaFallback(key);
			};
			case MISTRAL -> switch (key) {
				case "num_key_value_heads" -> 8;
				case "sliding_window" -> 4096;
				default -> null;
			};
			case QWEN2 -> key.equals("sliding_window") ? Integer.valueOf(4096) : null;
			case QWEN3 -> switch (key) {
				case "head_dim" -> 128;
				case "sliding_window" -> 4096;
				default -> null;
			};
			default -> null;
		};
	}

	private static @Nullable Integer gemmaFallback(String key) {
		return switch (key) {
			case "num_attention_heads" -> 8;
			case "num_key_value_heads" -> 4;
			case "head_dim" -> 256;
			case "sliding_window" -> 4096;
			default -> null;
		};
	}

}
