package io.llmserving.model;

import java.util.ArrayList;
import java.util.List;

import io.llmserving.model.ModelConfig.Attention;
import io.llmserving.model.ModelConfig.LayerAttention;
import io.llmserving.model.ModelConfig.Norm;
import io.llmserving.runtime.ProgramBuilder;
import io.llmserving.runtime.ProgramBuilder.Rotation;
import io.llmserving.weights.GgufFile;
import io.llmserving.weights.GgufMetadata;
import io.llmserving.weights.ModelFileException;
import io.llmserving.weights.TensorView;

/**
 * Reads a decoder's numbers from GGUF metadata. What the files leave out is as llama.cpp
 * has it.
 */
final class GgufConfig {

	private final GgufFile file;

	private final GgufMetadata metadata;

	private final String architecture;

	private final String prefix;

	private final boolean gemma2;

	private final boolean gemma3;

	private GgufConfig(GgufFile file, String architecture) {
		this.file = file;
		this.metadata = file.metadata();
		this.architecture = architecture;
		this.prefix = architecture + ".";
		this.gemma2 = architecture.equals("gemma2");
		this.gemma3 = architecture.equals("gemma3");
	}

	/**
	 * Reads the numbers.
	 * @param contextLength tokens of a sequence at most, 0 for as many as the model was
	 * made for
	 */
	static ModelConfig read(GgufFile file, int contextLength) throws ModelFileException {
		String architecture = file.metadata().text("general.architecture");
		if (architecture == null) {
			throw new ModelFileException(file.path(), "metadata 'general.architecture' is missing");
		}
		long parts = file.metadata().integer("split.count", 1);
		if (parts > 1) {
			throw new ModelFileException(file.path(),
					"this is one of %d parts of a model; merge them into one file, for example with llama-gguf-split"
						.formatted(parts));
		}
		return new GgufConfig(file, Architectures.checked(file.path(), architecture)).config(contextLength);
	}

	private ModelConfig config(int contextLength) throws ModelFileException {
		int layers = required("block_count", ModelConfig.MAX_LAYERS);
		int hidden = required("embedding_length", ModelConfig.MAX_WIDTH);
		int feedForward = required("feed_forward_length", ModelConfig.MAX_WIDTH);
		int heads = required("attention.head_count", ModelConfig.MAX_HEADS);
		int keyValueHeads = bounded("attention.head_count_kv", heads, heads);
		int headDim = bounded("attention.key_length", hidden / heads, ModelConfig.MAX_HEAD_DIM);
		int trained = required("context_length", Integer.MAX_VALUE);
		int rotated = bounded("rope.dimension_count", headDim, headDim);
		GgufRope rope = new GgufRope(this.file, this.architecture, rotated, trained,
				(contextLength > 0) ? contextLength : trained);
		float scale = (float) (1.0 / Math.sqrt(queryScalar(layers, hidden, heads, headDim)));
		float attentionCap = this.gemma2 ? number("attn_logit_softcapping", 50.0) : 0.0f;
		Attention attention = new Attention(scale, attentionCap, Architectures.headNorms(this.architecture),
				Architectures.biases(this.architecture), layers(layers, rope));
		Norm norm = new Norm(number("attention.layer_norm_rms_epsilon", 1e-5), 0.0f);
		boolean gemma = Architectures.gemma(this.architecture);
		return new ModelConfig(this.architecture, layers, hidden, feedForward, heads, keyValueHeads, headDim,
				vocabulary(), trained, this.file.tensor("output.weight") == null, norm,
				gemma ? ProgramBuilder.GELU_TANH : ProgramBuilder.SILU, attention,
				gemma ? number("final_logit_softcapping", this.gemma2 ? 30.0 : 0.0) : 0.0f)
			.checked(this.file.path());
	}

	// Gemma's global layers come after one or five local ones; older files do not say so.
	private List<LayerAttention> layers(int count, GgufRope rope) throws ModelFileException {
		int window = bounded("attention.sliding_window", 0, 0, Integer.MAX_VALUE);
		int pattern = 0;
		if (this.gemma2 || this.gemma3) {
			pattern = bounded("attention.sliding_window_pattern", this.gemma2 ? 2 : 6, ModelConfig.MAX_LAYERS);
		}
		Rotation global = rope.global();
		Rotation local = this.gemma3 ? rope.local() : global;
		List<LayerAttention> layers = new ArrayList<>();
		for (int layer = 0; layer < count; layer++) {
			boolean isGlobal = pattern > 0 && (layer + 1) % pattern == 0;
			layers.add(new LayerAttention(isGlobal ? 0 : window, isGlobal ? global : local));
		}
		return layers;
	}

	// Gemma's 27B models scale queries by the width per head instead of the head's own;
	// the files do not say so, their number of layers does.
	private double queryScalar(int layers, int hidden, int heads, int headDim) {
		boolean largest = this.gemma2 && layers == 46 || this.gemma3 && layers == 62;
		return largest ? (double) hidden / heads : headDim;
	}

	private int vocabulary() throws ModelFileException {
		TensorView embedding = this.file.tensor("token_embd.weight");
		if (embedding == null) {
			throw new ModelFileException(this.file.path(), "tensor 'token_embd.weight' is missing");
		}
		if (embedding.rows() > Integer.MAX_VALUE) {
			throw new ModelFileException(embedding, "has %d rows".formatted(embedding.rows()));
		}
		return (int) embedding.rows();
	}

	private float number(String key, double fallback) throws ModelFileException {
		return (float) this.metadata.number(this.prefix + key, fallback);
	}

	private int required(String key, int limit) throws ModelFileException {
		this.metadata.required(this.prefix + key);
		return bounded(key, 0, 1, limit);
	}

	private int bounded(String key, int fallback, int limit) throws ModelFileException {
		return bounded(key, fallback, 1, limit);
	}

	private int bounded(String key, int fallback, int least, int limit) throws ModelFileException {
		long value = this.metadata.integer(this.prefix + key, fallback);
		if (value < least || value > limit) {
			throw new ModelFileException(this.file.path(),
					"metadata '%s%s' is %d, not between %d and %d".formatted(this.prefix, key, value, least, limit));
		}
		return (int) value;
	}

}
