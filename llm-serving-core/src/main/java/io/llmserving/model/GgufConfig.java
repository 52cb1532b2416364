package io.llmserving.model;

import io.llmserving.weights.GgufFile;
import io.llmserving.weights.GgufMetadata;
import io.llmserving.weights.ModelFileException;
import io.llmserving.weights.TensorView;

/**
 * Reads a decoder's numbers from GGUF metadata.
 */
final class GgufConfig {

	private static final int MAX_HEAD_DIM = 1 << 16;

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
		int headDim = (int) bounded(file, prefix + "attention.key_length", hidden / heads, MAX_HEAD_DIM);
		TensorView embedding = file.tensor("token_embd.weight");
		if (embedding == null) {
			throw new ModelFileException(file.path(), "tensor 'token_embd.weight' is missing");
		}
		if (embedding.rows() > Integer.MAX_VALUE) {
			throw new ModelFileException(file.path(),
					"tensor 'token_embd.weight' has %d rows".formatted(embedding.rows()));
		}
		int keyValueHeads = (int) bounded(file, prefix + "attention.head_count_kv", heads, heads);
		if (heads % keyValueHeads != 0) {
			throw new ModelFileException(file.path(),
					"%d query heads cannot share %d heads of keys and values".formatted(heads, keyValueHeads));
		}
		int rotated = (int) bounded(file, prefix + "rope.dimension_count", headDim, headDim);
		if (rotated % 2 != 0) {
			throw new ModelFileException(file.path(), "an odd number of dimensions, %d, is rotated".formatted(rotated));
		}
		return new ModelConfig(name, positive(file, prefix + "block_count"), hidden,
				positive(file, prefix + "feed_forward_length"), heads, keyValueHeads, headDim, rotated,
				metadata.number(prefix + "rope.freq_base", 10000.0),
				(float) metadata.number(prefix + "attention.layer_norm_rms_epsilon", 1e-5), (int) embedding.rows(),
				positive(file, prefix + "context_length"), window(file, prefix));
	}

	/**
	 * Returns the divisor of linear rope scaling, 1 where there is none.
	 * @throws ModelFileException if positions are scaled in a way that is not supported
	 */
	static double ropeDivisor(GgufFile file, String architecture) throws ModelFileException {
		String key = architecture + ".rope.scaling.";
		String type = file.metadata().text(key + "type");
		if (type == null || type.equals("none")) {
			return 1.0;
		}
		if (!type.equals("linear")) {
			throw new ModelFileException(file.path(),
					"rope scaling of type '%s' is not supported, only 'linear'".formatted(type));
		}
		double divisor = file.metadata().number(key + "factor", 1.0);
		if (!(divisor > 0.0)) {
			throw new ModelFileException(file.path(), "metadata '%sfactor' is %s".formatted(key, divisor));
		}
		return divisor;
	}

	private static int window(GgufFile file, String prefix) throws ModelFileException {
		String key = prefix + "attention.sliding_window";
		long window = file.metadata().integer(key, 0);
		if (window < 0 || window > Integer.MAX_VALUE) {
			throw new ModelFileException(file.path(), "metadata '%s' is %d".formatted(key, window));
		}
		return (int) window;
	}

	private static long bounded(GgufFile file, String key, int fallback, int limit) throws ModelFileException {
		long value = file.metadata().integer(key, fallback);
		if (value < 1 || value > limit) {
			throw new ModelFileException(file.path(),
					"metadata '%s' is %d, not between 1 and %d".formatted(key, value, limit));
		}
		return value;
	}

	private static int positive(GgufFile file, String key) throws ModelFileException {
		int value = file.metadata().required(key);
		if (value < 1) {
			throw new ModelFileException(file.path(), "metadata '%s' is %d".formatted(key, value));
		}
		return value;
	}

}
