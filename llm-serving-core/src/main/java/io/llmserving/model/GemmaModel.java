package io.llmserving.model;

import java.util.List;

import org.jspecify.annotations.Nullable;

import io.llmserving.runtime.ProgramBuilder;
import io.llmserving.runtime.ProgramBuilder.HeadNorm;
import io.llmserving.runtime.ProgramBuilder.Rotation;
import io.llmserving.runtime.ProgramBuilder.Value;
import io.llmserving.runtime.ProgramSpec;
import io.llmserving.runtime.ProgramSpec.TensorRef.Matrix;
import io.llmserving.runtime.ProgramSpec.TensorRef.Vector;
import io.llmserving.weights.GgufMetadata;
import io.llmserving.weights.ModelFileException;

/**
 * Gemma 2 and 3 from a GGUF file: norms before and after both halves of a layer, local
 * layers with a window between global ones. Gemma 2 caps attention scores and logits;
 * Gemma 3 normalizes the heads of queries and keys and rotates local layers by a base of
 * their own. The files hold the norms' scales with their 1 added.
 */
final class GemmaModel {

	// Every second or sixth layer is global; the files do not say so.
	private static final int GEMMA2_PATTERN = 2;

	private static final int GEMMA3_PATTERN = 6;

	private final ModelConfig config;

	private final ModelWeights weights;

	private final int pattern;

	private final Rotation localRotation;

	private final Rotation globalRotation;

	private final float attentionCap;

	private final float logitCap;

	private final float attentionScale;

	GemmaModel(ModelConfig config, ModelWeights weights, GgufMetadata metadata, double ropeDivisor)
			throws ModelFileException {
		String prefix = config.architecture() + ".";
		boolean gemma2 = config.architecture().equals("gemma2");
		this.config = config;
		this.weights = weights;
		this.pattern = gemma2 ? GEMMA2_PATTERN : GEMMA3_PATTERN;
		this.globalRotation = rotation(config.ropeBase(), ropeDivisor);
		this.localRotation = gemma2 ? this.globalRotation
				: rotation(metadata.number(prefix + "rope.freq_base_swa", 10000.0), 1.0);
		this.attentionCap = gemma2 ? (float) metadata.number(prefix + "attn_logit_softcapping", 50.0) : 0.0f;
		this.logitCap = (float) metadata.number(prefix + "final_logit_softcapping", gemma2 ? 30.0 : 0.0);
		this.attentionScale = (float) (1.0 / Math.sqrt(queryScalar(gemma2)));
	}

	ProgramSpec program() throws ModelFileException {
		ModelConfig c = this.config;
		ProgramBuilder p = new ProgramBuilder(c.vocabulary());
		LayerGroups groups = new LayerGroups(p, c.layers(), this.pattern, c.window());
		Matrix embedding = this.weights.matrix("token_embd.weight", c.vocabulary(), c.hidden());
		Value x = p.embed(embedding, (float) Math.sqrt(c.hidden()));
		for (int layer = 0; layer < c.layers(); layer++) {
			String name = "blk." + layer + ".";
			int cache = p.cache(groups.of(layer), c.keyValueHeads(), c.headDim(), c.headDim());
			Rotation rotation = groups.global(layer) ? this.globalRotation : this.localRotation;
			Value attended = attention(p, norm(p, x, name + "attn_norm.weight"), name, cache, rotation);
			x = p.add(x, norm(p, attended, name + "post_attention_norm.weight"));
			Value fed = feedForward(p, norm(p, x, name + "ffn_norm.weight"), name);
			x = p.add(x, norm(p, fed, name + "post_ffw_norm.weight"));
		}
		Value hidden = norm(p, x, "output_norm.weight");
		Matrix head = this.weights.has("output.weight")
				? this.weights.matrix("output.weight", c.vocabulary(), c.hidden()) : embedding;
		return p.build(hidden, head, 1.0f, this.logitCap);
	}

	private Value attention(ProgramBuilder p, Value h, String name, int cache, Rotation rotation)
			throws ModelFileException {
		ModelConfig c = this.config;
		int queries = c.heads() * c.headDim();
		int keys = c.keyValueHeads() * c.headDim();
		Value qkv = p.linear(h,
				List.of(this.weights.matrix(name + "attn_q.weight", queries, c.hidden()),
						this.weights.matrix(name + "attn_k.weight", keys, c.hidden()),
						this.weights.matrix(name + "attn_v.weight", keys, c.hidden())),
				List.of());
		Value q = p.ropeAndWriteCache(qkv, c.heads(), cache, rotation, headNorm(name));
		Value attended = p.attention(q, c.heads(), cache, this.attentionScale, this.attentionCap);
		return p.linear(attended, this.weights.matrix(name + "attn_output.weight", c.hidden(), queries));
	}

	private Value feedForward(ProgramBuilder p, Value h, String name) throws ModelFileException {
		ModelConfig c = this.config;
		Value gateAndUp = p.linear(h,
				List.of(this.weights.matrix(name + "ffn_gate.weight", c.feedForward(), c.hidden()),
						this.weights.matrix(name + "ffn_up.weight", c.feedForward(), c.hidden())),
				List.of());
		Value activated = p.activateMultiply(gateAndUp, ProgramBuilder.GELU_TANH);
		return p.linear(activated, this.weights.matrix(name + "ffn_down.weight", c.hidden(), c.feedForward()));
	}

	private Value norm(ProgramBuilder p, Value x, String name) throws ModelFileException {
		return p.rmsNorm(x, this.weights.vector(name, this.config.hidden()), this.config.normEpsilon(), 0.0f);
	}

	private @Nullable HeadNorm headNorm(String name) throws ModelFileException {
		Vector query = this.weights.optionalVector(name + "attn_q_norm.weight", this.config.headDim());
		if (query == null) {
			return null;
		}
		return new HeadNorm(query, this.weights.vector(name + "attn_k_norm.weight", this.config.headDim()),
				this.config.normEpsilon(), 0.0f);
	}

	// The 27B models scale queries by the width per head instead of the head's own; the
	// files do not say so, their number of layers does.
	private double queryScalar(boolean gemma2) {
		boolean largest = this.config.layers() == (gemma2 ? 46 : 62);
		return largest ? (double) this.config.hidden() / this.config.heads() : this.config.headDim();
	}

	private Rotation rotation(double base, double divisor) {
		int rotated = this.config.rotated();
		return new Rotation(1, rotated, RotaryFrequencies.of(rotated, base, divisor, null), 1.0f);
	}

}
