package io.llmserving.model;

import java.util.List;

import io.llmserving.runtime.ProgramBuilder.Value;
import io.llmserving.runtime.ProgramSpec;
import io.llmserving.weights.ModelFileException;

/**
 * Gemma 2 and 3: scaled embeddings, norms before and after both halves of a layer, local
 * layers with a window between global ones. Gemma 2 caps attention scores and logits;
 * Gemma 3 normalizes the heads of queries and keys and rotates local layers by a base of
 * their own.
 */
final class GemmaModel {

	private GemmaModel() {
	}

	static ProgramSpec program(DecoderBlocks d) throws ModelFileException {
		ModelConfig c = d.config();
		Value x = d.embed(Math.sqrt(c.hidden()));
		for (int layer = 0; layer < c.layers(); layer++) {
			Value qkv = d.linear(d.norm(x, Part.ATTENTION_NORM, layer), layer,
					List.of(Part.QUERY, Part.KEY, Part.VALUE), c.queryWidth(), c.keyWidth(), c.keyWidth());
			x = d.add(x, d.norm(d.attention(qkv, layer), Part.POST_ATTENTION_NORM, layer));
			Value gateAndUp = d.linear(d.norm(x, Part.FEED_FORWARD_NORM, layer), layer, List.of(Part.GATE, Part.UP),
					c.feedForward(), c.feedForward());
			x = d.add(x, d.norm(d.feedForward(gateAndUp, layer), Part.POST_FEED_FORWARD_NORM, layer));
		}
		return d.finish(x);
	}

}
