package io.llmserving.model;

/**
 * Names of a decoder's tensors in one format.
 */
interface TensorNames {

	/**
	 * Returns a name without its end {@code .weight} or {@code .bias}.
	 * @param layer the layer, any number for parts that no layer has
	 */
	String of(Part part, int layer);

	/**
	 * Those of llama.cpp, the same for all architectures.
	 */
	TensorNames GGUF = (part, layer) -> {
		String block = "blk." + layer + ".";
		return switch (part) {
			case EMBEDDING -> "token_embd";
			case OUTPUT_NORM -> "output_norm";
			case HEAD -> "output";
			case ATTENTION_NORM -> block + "attn_norm";
			case QUERY -> block + "attn_q";
			case KEY -> block + "attn_k";
			case VALUE -> block + "attn_v";
			case QUERY_KEY_VALUE -> block + "attn_qkv";
			case QUERY_NORM -> block + "attn_q_norm";
			case KEY_NORM -> block + "attn_k_norm";
			case ATTENTION_OUTPUT -> block + "attn_output";
			case POST_ATTENTION_NORM -> block + "post_attention_norm";
			case FEED_FORWARD_NORM -> block + "ffn_norm";
			case GATE -> block + "ffn_gate";
			case UP, GATE_AND_UP -> block + "ffn_up";
			case DOWN -> block + "ffn_down";
			case POST_FEED_FORWARD_NORM -> block + "post_ffw_norm";
		};
	};

	/**
	 * Those of transformers.
	 * @param decoder the path of the decoder, such as {@code model.}
	 * @param sandwich whether layers also have norms after their halves, which changes
	 * the name of the second half's first norm
	 */
	static TensorNames huggingFace(String decoder, boolean sandwich) {
		return (part, layer) -> {
			String block = decoder + "layers." + layer + ".";
			return switch (part) {
				case EMBEDDING -> decoder + "embed_tokens";
				case OUTPUT_NORM -> decoder + "norm";
				case HEAD -> "lm_head";
				case ATTENTION_NORM -> block + "input_layernorm";
				case QUERY -> block + "self_attn.q_proj";
				case KEY -> block + "self_attn.k_proj";
				case VALUE -> block + "self_attn.v_proj";
				case QUERY_KEY_VALUE -> block + "self_attn.qkv_proj";
				case QUERY_NORM -> block + "self_attn.q_norm";
				case KEY_NORM -> block + "self_attn.k_norm";
				case ATTENTION_OUTPUT -> block + "self_attn.o_proj";
				case POST_ATTENTION_NORM -> block + "post_attention_layernorm";
				case FEED_FORWARD_NORM -> block + (sandwich ? "pre_feedforward_layernorm" : "post_attention_layernorm");
				case GATE -> block + "mlp.gate_proj";
				case UP -> block + "mlp.up_proj";
				case GATE_AND_UP -> block + "mlp.gate_up_proj";
				case DOWN -> block + "mlp.down_proj";
				case POST_FEED_FORWARD_NORM -> block + "post_feedforward_layernorm";
			};
		};
	}

}
