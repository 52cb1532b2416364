package io.llmserving.model;

import java.nio.file.Path;
import java.util.List;

import io.llmserving.runtime.ProgramBuilder;
import io.llmserving.runtime.ProgramBuilder.Rotation;
import io.llmserving.weights.ModelFileException;

/**
 * The numbers of a decoder: all that its architecture wants to know apart from tensors,
 * whatever format they come from.
 *
 * @param architecture its name, as GGUF has it, such as {@code llama}
 * @param layers number of layers
 * @param hidden width of the hidden states
 * @param feedForward width of the feed-forward block
 * @param heads query heads
 * @param keyValueHeads heads of keys and values
 * @param headDim dimensions of a head
 * @param vocabulary number of token ids
 * @param contextLength tokens that the model was trained for
 * @param tied whether the head is the embedding
 * @param norm how hidden states are normalized
 * @param activation the feed-forward block's, a constant of {@link ProgramBuilder}
 * @param attention how tokens attend to one another
 * @param logitCap soft cap of the logits, 0 for none
 */
public record ModelConfig(String architecture, int layers, int hidden, int feedForward, int heads, int keyValueHeads,
		int headDim, int vocabulary, int contextLength, boolean tied, Norm norm, int activation, Attention attention,
		float logitCap) {

	static final int MAX_LAYERS = 1 << 10;

	static final int MAX_WIDTH = 1 << 20;

	static final int MAX_HEADS = 1 << 14;

	static final int MAX_HEAD_DIM = 1 << 14;

	/**
	 * Root-mean-square norms.
	 *
	 * @param epsilon added to the mean square
	 * @param added added to the scales: 1 where the files have scale - 1
	 */
	public record Norm(float epsilon, float added) {
	}

	/**
	 * Attention.
	 *
	 * @param scale of the scores
	 * @param softCap of the scores, 0 for none
	 * @param headNorms whether the heads of queries and keys are normalized
	 * @param biases whether queries, keys and values must have biases; others may
	 * @param layers what differs from layer to layer
	 */
	public record Attention(float scale, float softCap, boolean headNorms, boolean biases,
			List<LayerAttention> layers) {

		public Attention {
			layers = List.copyOf(layers);
		}

	}

	/**
	 * Attention of one layer.
	 *
	 * @param window how many tokens a query sees, its own included; 0 for all
	 * @param rotation of queries and keys
	 */
	public record LayerAttention(int window, Rotation rotation) {
	}

	/** Outputs of the query projection. */
	int queryWidth() {
		return this.heads * this.headDim;
	}

	/** Outputs of the key projection, and of the value projection. */
	int keyWidth() {
		return this.keyValueHeads * this.headDim;
	}

	/**
	 * Checks numbers against one another.
	 */
	ModelConfig checked(Path file) throws ModelFileException {
		if (this.heads % this.keyValueHeads != 0) {
			throw new ModelFileException(file, "%d query heads cannot share %d heads of keys and values"
				.formatted(this.heads, this.keyValueHeads));
		}
		if ((long) this.heads * this.headDim > MAX_WIDTH) {
			throw new ModelFileException(file, "%d heads of %d dimensions are more than %d altogether"
				.formatted(this.heads, this.headDim, MAX_WIDTH));
		}
		return this;
	}

}
