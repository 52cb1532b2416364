package io.llmserving.model;

import io.llmserving.weights.GgufFile;
import io.llmserving.weights.GgufMetadata;
import io.llmserving.weights.ModelFileException;
import io.llmserving.weights.TensorView;

/**
 * Reads a decoder's numbers from GGUF metadata.
 */
final class GgufConfig {

	private GgufConfig() {
	}

	static ModelConfig read(GgufFile file) throws ModelFileException {
		GgufMetadata metadata = file.metadata();
		String name = metadata.text("general.architecture");
		if (name == null) {
			throw new ModelFileException(file.path(), "metadata 'general.architecture' is missing");
		}
		String prefix = name + ".";
		int hidden = positive(file, prefix + "embedding_length");
		int heads = positive(file, prefix + "attention.head_count");
		int headDim = (int) metadata.integer(prefix + "attention.key_length", hidden / heads);
		TensorView embedding = file.tensor("token_embd.weight");
		if (embedding == null) {
			throw new ModelFileException(file.path(), "tensor 'token_embd.weight' is missing");
		}
		return new ModelConfig(name, positive(file, prefix + "block_count"), hidden,
				positive(file, prefix + "feed_forward_length"), heads,
				(int) metadata.integer(prefix + "attention.head_count_kv", heads), headDim,
				(int) metadata.integer(prefix + "rope.dimension_count", headDim),
				metadata.number(prefix + "rope.freq_base", 10000.0),
				(float) metadata.number(prefix + "attention.layer_norm_rms_epsilon", 1e-5),
				Math.toIntExact(embedding.rows()), positive(file, prefix + "context_length"),
				(int) metadata.integer(prefix + "attention.sliding_window", 0));
	}

	private static int positive(GgufFile file, String key) throws ModelFileException {
		int value = file.metadata().required(key);
		if (value < 1) {
			throw new ModelFileException(file.path(), "metadata '%s' is %d".formatted(key, value));
		}
		return value;
	}

}
