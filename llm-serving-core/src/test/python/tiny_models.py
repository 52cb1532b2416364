"""Makes one tiny GGUF model per architecture with every parameter random, and records float32 logits of transformers.

    pip install torch==2.13.0 transformers==5.19.0 gguf numpy
    python tiny_models.py ../resources/io/llmserving/model

A golden file is little-endian: int32 positions, int32 tokens[positions], int32 columns, int32 ids[columns],
float32 logits[positions][columns].
"""

import pathlib
import sys

import gguf
import numpy as np
import torch
import transformers as tf

LAYERS, HIDDEN, HEADS, KV_HEADS, FEED, VOCABULARY, POSITIONS, COLUMNS = 3, 64, 4, 2, 128, 320, 300, 64
COMMON = dict(vocab_size=VOCABULARY, hidden_size=HIDDEN, intermediate_size=FEED, num_attention_heads=HEADS,
              num_key_value_heads=KV_HEADS, max_position_embeddings=512, rms_norm_eps=1e-5,
              attn_implementation="eager")
LLAMA3 = dict(rope_type="llama3", rope_theta=10000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=64)
GEMMA3_ROPE = dict(sliding_attention=dict(rope_type="default", rope_theta=10000.0),
                   full_attention=dict(rope_type="default", rope_theta=1000000.0))
GEMMA = dict(head_dim=32, query_pre_attn_scalar=32, sliding_window=100, hidden_activation="gelu_pytorch_tanh")


def layer_types(layers, pattern):
    return ["full_attention" if (i + 1) % pattern == 0 else "sliding_attention" for i in range(layers)]


# file name, GGUF architecture, number of layers, configuration
MODELS = [
    ("llama3", "llama", 3, tf.LlamaConfig(num_hidden_layers=3, rope_parameters=LLAMA3, tie_word_embeddings=False, **COMMON)),
    ("mistral", "llama", 3, tf.MistralConfig(num_hidden_layers=3, sliding_window=100, tie_word_embeddings=True,
                                             head_dim=16, **COMMON)),
    ("qwen2", "qwen2", 3, tf.Qwen2Config(num_hidden_layers=3, tie_word_embeddings=True, **COMMON)),
    ("qwen3", "qwen3", 3, tf.Qwen3Config(num_hidden_layers=3, head_dim=32, tie_word_embeddings=False, **COMMON)),
    ("gemma2", "gemma2", 4, tf.Gemma2Config(num_hidden_layers=4, layer_types=layer_types(4, 2),
                                            attn_logit_softcapping=5.0, final_logit_softcapping=8.0, **GEMMA, **COMMON)),
    ("gemma3", "gemma3", 6, tf.Gemma3TextConfig(num_hidden_layers=6, layer_types=layer_types(6, 6),
                                                rope_parameters=GEMMA3_ROPE, **GEMMA, **COMMON)),
]

NAMES = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm",
}


def gguf_name(name, gemma):
    top = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
           "lm_head.weight": "output.weight"}
    if name in top:
        return top[name]
    _, _, layer, rest = name.split(".", 3)
    part, suffix = rest.rsplit(".", 1)
    norms = ({"post_attention_layernorm": "post_attention_norm", "pre_feedforward_layernorm": "ffn_norm",
              "post_feedforward_layernorm": "post_ffw_norm"} if gemma else {"post_attention_layernorm": "ffn_norm"})
    return f"blk.{layer}.{(NAMES | norms)[part]}.{suffix}"


def randomize(model, gemma):
    for name, parameter in model.named_parameters():
        noise = torch.randn_like(parameter)
        if parameter.dim() == 1:
            norm = 0.0 if gemma or name.endswith("bias") else 1.0
            parameter.data = norm + 0.3 * noise
        else:
            sigma = 1.0 if "embed_tokens" in name else 2.0 / parameter.shape[1] ** 0.5
            parameter.data = (sigma * noise).to(torch.bfloat16).to(torch.float32)


def permute(weight, heads):
    """Rotation of halves becomes a rotation of neighbours."""
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(weight.shape)


def write_header(writer, config, layers):
    writer.add_block_count(layers)
    writer.add_context_length(512)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(FEED)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(VOCABULARY)
    rope = config.rope_parameters
    writer.add_rope_freq_base(rope.get("full_attention", rope)["rope_theta"])
    if getattr(config, "head_dim", None):
        writer.add_key_length(config.head_dim)
        writer.add_value_length(config.head_dim)
    if isinstance(config, (tf.MistralConfig, tf.Gemma2Config, tf.Gemma3TextConfig)):
        writer.add_sliding_window(config.sliding_window)
    if isinstance(config, tf.Gemma2Config):
        writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
        writer.add_final_logit_softcapping(config.final_logit_softcapping)


def write_gguf(path, architecture, model, layers):
    gemma = architecture.startswith("gemma")
    writer = gguf.GGUFWriter(path, architecture)
    write_header(writer, model.config, layers)
    if path.stem == "llama3":
        dims = HIDDEN // HEADS
        plain = 1.0 / 10000.0 ** (torch.arange(0, dims, 2).float() / dims)
        writer.add_tensor("rope_freqs.weight", (plain / model.model.rotary_emb.inv_freq).numpy())
    for name, parameter in model.named_parameters():
        data = parameter.detach()
        if data.dim() == 1:
            writer.add_tensor(gguf_name(name, gemma), (data + 1.0 if gemma else data).numpy())
            continue
        if architecture == "llama" and ("q_proj" in name or "k_proj" in name):
            data = permute(data, HEADS if "q_proj" in name else KV_HEADS)
        raw = data.contiguous().to(torch.bfloat16).view(torch.int16).numpy().view(np.uint8)
        writer.add_tensor(gguf_name(name, gemma), raw, raw_dtype=gguf.GGMLQuantizationType.BF16)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_golden(path, model):
    tokens = torch.randint(0, VOCABULARY, (POSITIONS,))
    ids = torch.randperm(VOCABULARY)[:COLUMNS]
    with torch.no_grad():
        logits = model(tokens[None]).logits[0][:, ids].float().numpy()
    print(path.stem, "logits: deviation", logits.std(), "largest", np.abs(logits).max())
    with path.open("wb") as file:
        for part in ([POSITIONS], tokens, [COLUMNS], ids):
            file.write(np.asarray(part, dtype="<i4").tobytes())
        file.write(logits.astype("<f4").tobytes())


def main():
    target = pathlib.Path(sys.argv[1])
    for seed, (name, architecture, layers, config) in enumerate(MODELS):
        torch.manual_seed(seed)
        model = tf.AutoModelForCausalLM.from_config(config, attn_implementation="eager").float().eval()
        randomize(model, architecture.startswith("gemma"))
        write_gguf(target / f"{name}.gguf", architecture, model, layers)
        write_golden(target / f"{name}.golden", model)


main()
