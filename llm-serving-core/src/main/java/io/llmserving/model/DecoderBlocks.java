package io.llmserving.model;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.llmserving.model.ModelConfig.LayerAttention;
import io.llmserving.runtime.ProgramBuilder;
import io.llmserving.runtime.ProgramBuilder.HeadNorm;
import io.llmserving.runtime.ProgramBuilder.Value;
import io.llmserving.runtime.ProgramSpec;
import io.llmserving.runtime.ProgramSpec.TensorRef.Matrix;
import io.llmserving.runtime.ProgramSpec.TensorRef.Vector;
import io.llmserving.weights.ModelFileException;

/**
 * What decoders are built of. Architectures put the blocks together.
 */
final class DecoderBlocks {

	private final ModelConfig config;

	private final ModelWeights weights;

	private final ProgramBuilder program;

	private final LayerGroups groups;

	DecoderBlocks(ModelConfig config, ModelWeights weights) {
		this.config = config;
		this.weights = weights;
		this.program = new ProgramBuilder(config.vocabulary());
		this.groups = new LayerGroups(this.program, config.attention().layers());
	}

	ModelConfig config() {
		return this.config;
	}

	/**
	 * Looks up the tokens' embeddings, times a factor.
	 */
	Value embed(double factor) throws ModelFileException {
		return this.program.embed(table(Part.EMBEDDING), (float) factor);
	}

	Value add(Value a, Value b) {
		return this.program.add(a, b);
	}

	Value norm(Value x, Part part, int layer) throws ModelFileException {
		return this.program.rmsNorm(x, this.weights.norm(part, layer, this.config.hidden()),
				this.config.norm().epsilon(), this.config.norm().added());
	}

	/**
	 * Multiplies with matrices that each have so many rows, and puts the results side by
	 * side; a matrix may have a bias.
	 */
	Value linear(Value x, int layer, List<Part> parts, int... rows) throws ModelFileException {
		List<Matrix> matrices = new ArrayList<>();
		List<@Nullable Vector> biases = new ArrayList<>();
		for (int i = 0; i < rows.length; i++) {
			matrices.add(this.weights.matrix(parts.get(i), layer, rows[i], x.width()));
			biases.add(bias(parts.get(i), layer, rows[i]));
		}
		return this.program.linear(x, matrices, biases);
	}

	/**
	 * Rotates queries and keys, writes the cache, attends and projects back.
	 * @param qkv query heads, key heads and value heads side by side
	 */
	Value attention(Value qkv, int layer) throws ModelFileException {
		ModelConfig c = this.config;
		LayerAttention attention = c.attention().layers().get(layer);
		int cache = this.program.cache(this.groups.of(layer), c.keyValueHeads(), c.headDim(), c.headDim());
		Value queries = this.program.ropeAndWriteCache(qkv, c.heads(), cache, attention.rotation(), headNorm(layer));
		Value attended = this.program.attention(queries, c.heads(), cache, c.attention().scale(),
				c.attention().softCap());
		return linear(attended, layer, List.of(Part.ATTENTION_OUTPUT), c.hidden());
	}

	/**
	 * Activates, multiplies and projects back.
	 * @param gateAndUp both side by side
	 */
	Value feedForward(Value gateAndUp, int layer) throws ModelFileException {
		Value activated = this.program.activateMultiply(gateAndUp, this.config.activation());
		return linear(activated, layer, List.of(Part.DOWN), this.config.hidden());
	}

	/**
	 * Ends the program with the last norm and the head.
	 */
	ProgramSpec finish(Value x) throws ModelFileException {
		Value hidden = norm(x, Part.OUTPUT_NORM, 0);
		Matrix head = table(this.config.tied() ? Part.EMBEDDING : Part.HEAD);
		return this.program.build(hidden, head, 1.0f, this.config.logitCap());
	}

	private Matrix table(Part part) throws ModelFileException {
		return this.weights.matrix(part, 0, this.config.vocabulary(), this.config.hidden());
	}

	private @Nullable Vector bias(Part part, int layer, int length) throws ModelFileException {
		boolean required = switch (part) {
			case QUERY, KEY, VALUE -> this.config.attention().biases();
			default -> false;
		};
		return required ? this.weights.bias(part, layer, length) : this.weights.optionalBias(part, layer, length);
	}

	private @Nullable HeadNorm headNorm(int layer) throws ModelFileException {
		if (!this.config.attention().headNorms()) {
			return null;
		}
		return new HeadNorm(this.weights.norm(Part.QUERY_NORM, layer, this.config.headDim()),
				this.weights.norm(Part.KEY_NORM, layer, this.config.headDim()), this.config.norm().epsilon(),
				this.config.norm().added());
	}

}
