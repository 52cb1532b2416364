package io.llmserving.model;

import java.nio.file.Path;
import java.util.List;

import io.llmserving.runtime.ProgramSpec;
import io.llmserving.weights.ModelFileException;

/**
 * Knows every architecture, by the names that GGUF gives them.
 */
final class Architectures {

	private static final List<String> KNOWN = List.of("llama", "qwen2", "qwen3", "gemma2", "gemma3", "phi3");

	private Architectures() {
	}

	static String checked(Path file, String architecture) throws ModelFileException {
		if (!KNOWN.contains(architecture)) {
			throw new ModelFileException(file,
					"the architecture '%s' is not supported; known are %s".formatted(architecture, KNOWN));
		}
		return architecture;
	}

	/**
	 * Whether the heads of queries and keys are normalized.
	 */
	static boolean headNorms(String architecture) {
		return architecture.equals("qwen3") || architecture.equals("gemma3");
	}

	/**
	 * Whether queries, keys and values must have biases.
	 */
	static boolean biases(String architecture) {
		return architecture.equals("qwen2");
	}

	static boolean gemma(String architecture) {
		return architecture.equals("gemma2") || architecture.equals("gemma3");
	}

	/**
	 * Writes a model's forward pass.
	 */
	static ProgramSpec program(ModelConfig config, ModelWeights weights) throws ModelFileException {
		DecoderBlocks blocks = new DecoderBlocks(config, weights);
		return switch (config.architecture()) {
			case "gemma2", "gemma3" -> GemmaModel.program(blocks);
			case "phi3" -> Phi3Model.program(blocks);
			default -> LlamaModel.program(blocks);
		};
	}

}
