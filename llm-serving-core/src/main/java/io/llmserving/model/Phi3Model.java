package io.llmserving.model;

import java.util.List;

import io.llmserving.runtime.ProgramBuilder.Value;
import io.llmserving.runtime.ProgramSpec;
import io.llmserving.weights.ModelFileException;

/**
 * Phi-3 and Phi-4: as Llama, with queries, keys and values in one matrix and gate and up
 * in another, and often only part of a head rotated.
 */
final class Phi3Model {

	private Phi3Model() {
	}

	static ProgramSpec program(DecoderBlocks d) throws ModelFileException {
		ModelConfig c = d.config();
		Value x = d.embed(1.0);
		for (int layer = 0; layer < c.layers(); layer++) {
			Value qkv = d.linear(d.norm(x, Part.ATTENTION_NORM, layer), layer, List.of(Part.QUERY_KEY_VALUE),
					c.queryWidth() + 2 * c.keyWidth());
			x = d.add(x, d.attention(qkv, layer));
			Value gateAndUp = d.linear(d.norm(x, Part.FEED_FORWARD_NORM, layer), layer, List.of(Part.GATE_AND_UP),
					2 * c.feedForward());
			x = d.add(x, d.feedForward(gateAndUp, layer));
		}
		return d.finish(x);
	}

}
