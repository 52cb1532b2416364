package io.llmserving.model;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.llmserving.runtime.ProgramBuilder;
import io.llmserving.runtime.ProgramBuilder.HeadNorm;
import io.llmserving.runtime.ProgramBuilder.Rotation;
import io.llmserving.runtime.ProgramBuilder.Value;
import io.llmserving.runtime.ProgramSpec;
import io.llmserving.runtime.ProgramSpec.TensorRef.Matrix;
import io.llmserving.runtime.ProgramSpec.TensorRef.Vector;
import io.llmserving.weights.ModelFileException;

/**
 * Llama and its close kin from a GGUF file: Llama, Mistral and SmolLM; Qwen2, which adds
 * biases to queries, keys and values; Qwen3, which normalizes the heads of queries and
 * keys.
 */
final class LlamaModel {

	private final ModelConfig config;

	private final ModelWeights weights;

	private final Rotation rotation;

	LlamaModel(ModelConfig config, ModelWeights weights, double ropeDivisor) throws ModelFileException {
		this.config = config;
		this.weights = weights;
		this.rotation = rotation(ropeDivisor);
	}

	ProgramSpec program() throws ModelFileException {
		ModelConfig c = this.config;
		ProgramBuilder p = new ProgramBuilder(c.vocabulary());
		int group = p.group(c.window());
		Matrix embedding = this.weights.matrix("token_embd.weight", c.vocabulary(), c.hidden());
		Value x = p.embed(embedding, 1.0f);
		for (int layer = 0; layer < c.layers(); layer++) {
			String name = "blk." + layer + ".";
			Value h = p.rmsNorm(x, vector(name + "attn_norm.weight", c.hidden()), c.normEpsilon(), 0.0f);
			x = p.add(x, attention(p, h, name, p.cache(group, c.keyValueHeads(), c.headDim(), c.headDim())));
			h = p.rmsNorm(x, vector(name + "ffn_norm.weight", c.hidden()), c.normEpsilon(), 0.0f);
			x = p.add(x, feedForward(p, h, name));
		}
		Value hidden = p.rmsNorm(x, vector("output_norm.weight", c.hidden()), c.normEpsilon(), 0.0f);
		Matrix head = this.weights.has("output.weight")
				? this.weights.matrix("output.weight", c.vocabulary(), c.hidden()) : embedding;
		return p.build(hidden, head, 1.0f, 0.0f);
	}

	private Value attention(ProgramBuilder p, Value h, String name, int cache) throws ModelFileException {
		ModelConfig c = this.config;
		int queries = c.heads() * c.headDim();
		int keys = c.keyValueHeads() * c.headDim();
		List<Matrix> matrices = List.of(this.weights.matrix(name + "attn_q.weight", queries, c.hidden()),
				this.weights.matrix(name + "attn_k.weight", keys, c.hidden()),
				this.weights.matrix(name + "attn_v.weight", keys, c.hidden()));
		List<@Nullable Vector> biases = new ArrayList<>();
		biases.add(this.weights.optionalVector(name + "attn_q.bias", queries));
		biases.add(this.weights.optionalVector(name + "attn_k.bias", keys));
		biases.add(this.weights.optionalVector(name + "attn_v.bias", keys));
		Value q = p.ropeAndWriteCache(p.linear(h, matrices, biases), c.heads(), cache, this.rotation, headNorm(name));
		Value attended = p.attention(q, c.heads(), cache, (float) (1.0 / Math.sqrt(c.headDim())), 0.0f);
		return p.linear(attended, this.weights.matrix(name + "attn_output.weight", c.hidden(), queries));
	}

	private Value feedForward(ProgramBuilder p, Value h, String name) throws ModelFileException {
		ModelConfig c = this.config;
		Value gateAndUp = p.linear(h,
				List.of(this.weights.matrix(name + "ffn_gate.weight", c.feedForward(), c.hidden()),
						this.weights.matrix(name + "ffn_up.weight", c.feedForward(), c.hidden())),
				List.of());
		Value activated = p.activateMultiply(gateAndUp, ProgramBuilder.SILU);
		return p.linear(activated, this.weights.matrix(name + "ffn_down.weight", c.hidden(), c.feedForward()));
	}

	private @Nullable HeadNorm headNorm(String name) throws ModelFileException {
		if (!this.weights.has(name + "attn_q_norm.weight")) {
			return null;
		}
		return new HeadNorm(vector(name + "attn_q_norm.weight", this.config.headDim()),
				vector(name + "attn_k_norm.weight", this.config.headDim()), this.config.normEpsilon(), 0.0f);
	}

	// Llama files have queries and keys permuted for a rotation of neighbours; Qwen's are
	// as they were trained.
	private Rotation rotation(double ropeDivisor) throws ModelFileException {
		int rotated = this.config.rotated();
		Vector factors = this.weights.optionalVector("rope_freqs.weight", rotated / 2);
		int style = this.config.architecture().equals("llama") ? 2 : 1;
		return new Rotation(style, rotated, RotaryFrequencies.of(rotated, this.config.ropeBase(), ropeDivisor, factors),
				1.0f);
	}

	private Vector vector(String name, int length) throws ModelFileException {
		return this.weights.vector(name, length);
	}

}
