package io.llmserving.model;

import java.util.List;

import io.llmserving.runtime.ProgramBuilder.Value;
import io.llmserving.runtime.ProgramSpec;
import io.llmserving.weights.ModelFileException;

/**
 * Llama and its close kin: Llama, Mistral and SmolLM; Qwen2, which adds biases to
 * queries, keys and values; Qwen3, which normalizes the heads of queries and keys.
 */
final class LlamaModel {

	private LlamaModel() {
	}

	static ProgramSpec program(DecoderBlocks d) throws ModelFileException {
		ModelConfig c = d.config();
		Value x = d.embed(1.0);
		for (int layer = 0; layer < c.layers(); layer++) {
			Value qkv = d.linear(d.norm(x, Part.ATTENTION_NORM, layer), layer,
					List.of(Part.QUERY, Part.KEY, Part.VALUE), c.queryWidth(), c.keyWidth(), c.keyWidth());
			x = d.add(x, d.attention(qkv, layer));
			Value gateAndUp = d.linear(d.norm(x, Part.FEED_FORWARD_NORM, layer), layer, List.of(Part.GATE, Part.UP),
					c.feedForward(), c.feedForward());
			x = d.add(x, d.feedForward(gateAndUp, layer));
		}
		return d.finish(x);
	}

}
