"""Makes one tiny model per architecture, as a GGUF file and as a Hugging Face directory of the same weights, with every
parameter random, and records float32 logits of transformers.

    pip install torch==2.13.0 transformers==5.19.0 gguf==0.19.0 numpy
    python tiny_models.py ../resources/io/llmserving/model

A golden file is little-endian: int32 positions, int32 tokens[positions], int32 columns, int32 ids[columns],
float32 logits[positions][columns]. 300 positions cross blocks of 16, chunks of 128, windows of 100 and original contexts
of 64; phi3-short stays within its original context.
"""

import math
import pathlib
import shutil
import sys

import gguf
import numpy as np
import torch
import transformers as tf

HIDDEN, HEADS, KV_HEADS, FEED, VOCABULARY, CONTEXT, ORIGINAL, COLUMNS = 64, 4, 2, 96, 256, 512, 64, 40
COMMON = dict(vocab_size=VOCABULARY, hidden_size=HIDDEN, intermediate_size=FEED, num_attention_heads=HEADS,
              num_key_value_heads=KV_HEADS, max_position_embeddings=CONTEXT, rms_norm_eps=1e-5, bos_token_id=1,
              eos_token_id=2, pad_token_id=None)
LLAMA3 = dict(rope_type="llama3", rope_theta=10000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=ORIGINAL)
YARN = dict(rope_type="yarn", rope_theta=10000.0, factor=8.0, original_max_position_embeddings=ORIGINAL)
LONGROPE = dict(rope_type="longrope", rope_theta=10000.0, partial_rotary_factor=0.75,
                short_factor=[1.0, 1.02, 1.05, 1.1, 1.3, 1.6], long_factor=[1.1, 1.5, 2.5, 4.0, 6.0, 8.5])
GEMMA3_ROPE = dict(sliding_attention=dict(rope_type="default", rope_theta=10000.0),
                   full_attention=dict(rope_type="linear", factor=8.0, rope_theta=1000000.0))
GEMMA = COMMON | dict(head_dim=32, num_attention_heads=2, num_key_value_heads=1, query_pre_attn_scalar=32,
                      sliding_window=100, hidden_activation="gelu_pytorch_tanh")

# file name, GGUF architecture, type of the directory's weights, configuration
MODELS = [
    ("llama3", "llama", torch.bfloat16,
     tf.LlamaConfig(num_hidden_layers=2, rope_parameters=LLAMA3, tie_word_embeddings=False, **COMMON)),
    ("mistral", "llama", torch.bfloat16,
     tf.MistralConfig(num_hidden_layers=2, sliding_window=100, tie_word_embeddings=True, head_dim=16, **COMMON)),
    ("qwen2", "qwen2", torch.bfloat16,
     tf.Qwen2Config(num_hidden_layers=2, rope_parameters=YARN, tie_word_embeddings=True, **COMMON)),
    ("qwen3", "qwen3", torch.bfloat16,
     tf.Qwen3Config(num_hidden_layers=2, head_dim=32, tie_word_embeddings=False, **COMMON)),
    ("gemma2", "gemma2", torch.bfloat16,
     tf.Gemma2Config(num_hidden_layers=3, attn_logit_softcapping=5.0, final_logit_softcapping=8.0, **GEMMA)),
    ("gemma3", "gemma3", torch.bfloat16,
     tf.Gemma3TextConfig(num_hidden_layers=6, rope_parameters=GEMMA3_ROPE, **GEMMA)),
    ("phi3", "phi3", torch.float16,
     tf.Phi3Config(num_hidden_layers=2, rope_parameters=LONGROPE, original_max_position_embeddings=ORIGINAL,
                   tie_word_embeddings=False, **COMMON)),
]

NAMES = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
    "self_attn.qkv_proj": "attn_qkv", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
    "mlp.gate_up_proj": "ffn_up", "input_layernorm": "attn_norm",
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
    """Values that bfloat16 and float16 both hold exactly."""
    for name, parameter in model.named_parameters():
        noise = torch.randn_like(parameter)
        if parameter.dim() == 1:
            norm = 0.0 if gemma or name.endswith("bias") else 1.0
            value = norm + 0.3 * noise
        else:
            value = (1.0 if "embed_tokens" in name else 2.0 / parameter.shape[1] ** 0.5) * noise
        value = value.to(torch.bfloat16).to(torch.float32)
        parameter.data = torch.where(value.abs() < 2.0 ** -14, 0.0, value)


def permute(weight, heads):
    """Rotation of halves becomes a rotation of neighbours."""
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(weight.shape)


def write_header(writer, config):
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(FEED)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(VOCABULARY)
    if getattr(config, "head_dim", None):
        writer.add_key_length(config.head_dim)
        writer.add_value_length(config.head_dim)
    if isinstance(config, (tf.MistralConfig, tf.Gemma2Config, tf.Gemma3TextConfig)):
        writer.add_sliding_window(config.sliding_window)
    if isinstance(config, tf.Gemma2Config):
        writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
        writer.add_final_logit_softcapping(config.final_logit_softcapping)


def write_rope(writer, model):
    """As llama.cpp's converter does."""
    rope = model.config.rope_parameters
    rope = rope.get("full_attention", rope)
    writer.add_rope_freq_base(rope["rope_theta"])
    dims = int(HIDDEN // HEADS * rope.get("partial_rotary_factor", 1.0))
    if rope["rope_type"] == "llama3":
        plain = 1.0 / rope["rope_theta"] ** (torch.arange(0, dims, 2).float() / dims)
        writer.add_tensor("rope_freqs.weight", (plain / model.model.rotary_emb.inv_freq).numpy())
    elif rope["rope_type"] == "longrope":
        writer.add_rope_dimension_count(dims)
        writer.add_rope_scaling_orig_ctx_len(ORIGINAL)
        writer.add_rope_scaling_attn_factors(math.sqrt(1 + math.log(CONTEXT / ORIGINAL) / math.log(ORIGINAL)))
        for kind in ("long", "short"):
            writer.add_tensor(f"rope_factors_{kind}.weight", np.asarray(rope[f"{kind}_factor"], dtype=np.float32))
    elif rope["rope_type"] != "default":
        writer.add_rope_scaling_type(gguf.RopeScalingType(rope["rope_type"]))
        writer.add_rope_scaling_factor(rope["factor"])
        if "original_max_position_embeddings" in rope:
            writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])


def write_gguf(path, architecture, model):
    gemma = architecture.startswith("gemma")
    writer = gguf.GGUFWriter(path, architecture)
    write_header(writer, model.config)
    write_rope(writer, model)
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


def write_directory(path, model, dtype):
    """As transformers saves it; qwen3 in several files."""
    shutil.rmtree(path, ignore_errors=True)
    tied = {"lm_head.weight"} if model.config.tie_word_embeddings else set()
    state = {name: value.to(dtype) for name, value in model.state_dict().items() if name not in tied}
    model.save_pretrained(path, state_dict=state, max_shard_size="100KB" if path.name == "qwen3" else "1GB")


def write_golden(path, model, positions):
    tokens = torch.randint(0, VOCABULARY, (positions,))
    ids = torch.randperm(VOCABULARY)[:COLUMNS]
    with torch.no_grad():
        logits = model(tokens[None]).logits[0][:, ids].float().numpy()
    print(path.stem, "logits: deviation", logits.std(), "largest", np.abs(logits).max())
    with path.open("wb") as file:
        for part in ([positions], tokens, [COLUMNS], ids):
            file.write(np.asarray(part, dtype="<i4").tobytes())
        file.write(logits.astype("<f4").tobytes())


def main():
    target = pathlib.Path(sys.argv[1])
    for seed, (name, architecture, dtype, config) in enumerate(MODELS):
        torch.manual_seed(seed)
        model = tf.AutoModelForCausalLM.from_config(config, attn_implementation="eager").float().eval()
        randomize(model, architecture.startswith("gemma"))
        write_gguf(target / f"{name}.gguf", architecture, model)
        write_directory(target / name, model, dtype)
        write_golden(target / f"{name}.golden", model, 300)
        if name == "phi3":
            write_golden(target / "phi3-short.golden", model, ORIGINAL)


main()
