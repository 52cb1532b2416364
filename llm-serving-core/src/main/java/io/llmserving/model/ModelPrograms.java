package io.llmserving.model;

import java.util.List;

import io.llmserving.runtime.ProgramSpec;
import io.llmserving.weights.GgufFile;
import io.llmserving.weights.ModelFileException;

/**
 * Knows every architecture.
 */
public final class ModelPrograms {

	private static final List<String> KNOWN = List.of("llama", "qwen2", "qwen3", "gemma2", "gemma3");

	private ModelPrograms() {
	}

	/**
	 * Reads a model's numbers.
	 * @throws ModelFileException if the architecture is not supported
	 */
	public static ModelConfig config(GgufFile file) throws ModelFileException {
		ModelConfig config = GgufConfig.read(file);
		if (!KNOWN.contains(config.architecture())) {
			throw new ModelFileException(file.path(),
					"the architecture '%s' is not supported; known are %s".formatted(config.architecture(), KNOWN));
		}
		return config;
	}

	/**
	 * Writes a model's forward pass. The program refers to the file's mapped tensors
	 * until it is compiled.
	 */
	public static ProgramSpec program(GgufFile file, ModelConfig config) throws ModelFileException {
		ModelWeights weights = new ModelWeights(file.path(), file.tensors());
		double ropeDivisor = GgufConfig.ropeDivisor(file, config.architecture());
		return switch (config.architecture()) {
			case "gemma2", "gemma3" -> new GemmaModel(config, weights, file.metadata(), ropeDivisor).program();
			default -> new LlamaModel(config, weights, ropeDivisor).program();
		};
	}

}
