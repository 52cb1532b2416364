package io.llmserving.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.llmserving.model.ModelConfig.Attention;
import io.llmserving.model.ModelConfig.LayerAttention;
import io.llmserving.model.ModelConfig.Norm;
import io.llmserving.runtime.ProgramBuilder;
import io.llmserving.runtime.ProgramBuilder.Rotation;
import io.llmserving.weights.JsonMetadata;
import io.llmserving.weights.ModelFileException;

/**
 * Reads a decoder's numbers from {@code config.json}, as transformers 4 and 5 write it.
 */
final class HuggingFaceConfig {

	private final HuggingFaceArchitecture architecture;

	private final JsonMetadata config;

	private HuggingFaceConfig(HuggingFaceArchitecture architecture, JsonMetadata config) {
		this.architecture = architecture;
		this.config = config;
	}

	/**
	 * Reads the numbers.
	 * @param contextLength tokens of a sequence at most, 0 for as many as the model was
	 * made for
	 */
	static ModelConfig read(Path directory, int contextLength) throws IOException {
		JsonMetadata file = JsonMetadata.read(directory.resolve("config.json"));
		HuggingFaceArchitecture architecture = HuggingFaceArchitecture.of(file);
		if (file.has("quantization_config")) {
			throw new ModelFileException(file.path(),
					"the weights are quantized ('quantization_config'), which is supported of GGUF files only");
		}
		JsonMetadata text = file.object("text_config");
		return new HuggingFaceConfig(architecture, (text != null) ? text : file).config(contextLength);
	}

	private ModelConfig config(int contextLength) throws ModelFileException {
		boolean gemma = this.architecture.gemma();
		int layers = bounded("num_hidden_layers", null, ModelConfig.MAX_LAYERS);
		int hidden = bounded("hidden_size", null, ModelConfig.MAX_WIDTH);
		int heads = bounded("num_attention_heads", null, ModelConfig.MAX_HEADS);
		int keyValueHeads = bounded("num_key_value_heads", heads, heads);
		int headDim = bounded("head_dim", hidden / heads, ModelConfig.MAX_HEAD_DIM);
		int trained = bounded("max_position_embeddings", null, Integer.MAX_VALUE);
		HuggingFaceRope rope = new HuggingFaceRope(this.config, this.architecture, headDim, trained,
				(contextLength > 0) ? contextLength : trained);
		double scalar = gemma ? positive("query_pre_attn_scalar", 256.0) : headDim;
		Attention attention = new Attention((float) (1.0 / Math.sqrt(scalar)), softCap("attn_logit_softcapping", 50.0),
				Architectures.headNorms(this.architecture.ggufName()),
				Architectures.biases(this.architecture.ggufName()), layers(layers, rope));
		double epsilon = this.config.number("rms_norm_eps",
				(this.architecture == HuggingFaceArchitecture.PHI3) ? 1e-5 : 1e-6);
		return new ModelConfig(this.architecture.ggufName(), layers, hidden,
				bounded("intermediate_size", null, ModelConfig.MAX_WIDTH), heads, keyValueHeads, headDim,
				bounded("vocab_size", null, Integer.MAX_VALUE), trained, this.config.flag("tie_word_embeddings", gemma),
				new Norm((float) epsilon, gemma ? 1.0f : 0.0f), activation(), attention,
				softCap("final_logit_softcapping", 30.0))
			.checked(this.config.path());
	}

	private List<LayerAttention> layers(int count, HuggingFaceRope rope) throws ModelFileException {
		if (this.config.flag("use_bidirectional_attention", false)) {
			throw new ModelFileException(this.config.path(), "attention in both directions is not supported");
		}
		int window = window();
		boolean[] local = local(count);
		Rotation global = rope.global();
		Rotation localRotation = rope.local();
		List<LayerAttention> layers = new ArrayList<>();
		for (int layer = 0; layer < count; layer++) {
			layers.add(new LayerAttention(local[layer] ? window : 0, local[layer] ? localRotation : global));
		}
		return layers;
	}

	// Which layers have a window, if there is one.
	private boolean[] local(int count) throws ModelFileException {
		boolean[] local = new boolean[count];
		String[] types = (this.architecture.gemma() || this.architecture.qwen()) ? this.config.texts("layer_types")
				: null;
		if (types != null && types.length != count) {
			throw new ModelFileException(this.config.path(),
					"'layer_types' has %d entries for %d layers".formatted(types.length, count));
		}
		int pattern = (this.architecture == HuggingFaceArchitecture.GEMMA2) ? 2
				: bounded("sliding_window_pattern", 6, ModelConfig.MAX_LAYERS);
		long full = this.config.integer("max_window_layers", 28);
		for (int layer = 0; layer < count; layer++) {
			if (types != null) {
				local[layer] = isLocal(types[layer]);
			}
			else if (this.architecture.gemma()) {
				local[layer] = (layer + 1) % pattern != 0;
			}
			else {
				local[layer] = !this.architecture.qwen() || layer >= full;
			}
		}
		return local;
	}

	private boolean isLocal(String type) throws ModelFileException {
		return switch (type) {
			case "full_attention" -> false;
			case "sliding_attention" -> true;
			default -> throw new ModelFileException(this.config.path(),
					"a layer of type '%s' is not supported, only 'full_attention' and 'sliding_attention'"
						.formatted(type));
		};
	}

	private int window() throws ModelFileException {
		boolean none = this.architecture == HuggingFaceArchitecture.LLAMA || this.config.isNull("sliding_window")
				|| this.architecture.qwen() && !this.config.flag("use_sliding_window", false);
		return none ? 0 : bounded("sliding_window", 0, 0, Integer.MAX_VALUE);
	}

	private int activation() throws ModelFileException {
		String name = this.config.text(this.architecture.gemma() ? "hidden_activation" : "hidden_act");
		if (name == null) {
			return this.architecture.gemma() ? ProgramBuilder.GELU_TANH : ProgramBuilder.SILU;
		}
		return switch (name) {
			case "silu", "swish" -> ProgramBuilder.SILU;
			case "gelu_pytorch_tanh", "gelu_new" -> ProgramBuilder.GELU_TANH;
			case "gelu" -> ProgramBuilder.GELU;
			default -> throw new ModelFileException(this.config.path(),
					"the activation '%s' is not supported".formatted(name));
		};
	}

	// Only Gemma has soft caps, and only Gemma 2 where the file is silent; null is none.
	private float softCap(String key, double ofGemma2) throws ModelFileException {
		if (!this.architecture.gemma() || this.config.isNull(key)) {
			return 0.0f;
		}
		double cap = this.config.number(key, (this.architecture == HuggingFaceArchitecture.GEMMA2) ? ofGemma2 : 0.0);
		if (!(cap >= 0.0)) {
			throw new ModelFileException(this.config.path(), "'%s' is %s".formatted(key, cap));
		}
		return (float) cap;
	}

	private double positive(String key, double fallback) throws ModelFileException {
		double value = this.config.number(key, fallback);
		if (!(value > 0.0)) {
			throw new ModelFileException(this.config.path(), "'%s' is %s".formatted(key, value));
		}
		return value;
	}

	private int bounded(String key, @Nullable Integer fallback, int limit) throws ModelFileException {
		return bounded(key, fallback, 1, limit);
	}

	private int bounded(String key, @Nullable Integer fallback, int least, int limit) throws ModelFileException {
		Integer usual = this.architecture.fallback(key);
		Integer absent = (usual != null) ? usual : fallback;
		if (absent == null && !this.config.has(key)) {
			throw new ModelFileException(this.config.path(), "'%s' is missing".formatted(key));
		}
		long value = this.config.integer(key, (absent != null) ? absent : 0);
		if (value < least || value > limit) {
			throw new ModelFileException(this.config.path(),
					"'%s' is %d, not between %d and %d".formatted(key, value, least, limit));
		}
		return (int) value;
	}

}
