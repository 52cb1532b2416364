"""Writes the inputs that the fuzz tests begin with: small, valid, one of each kind, and some that lie.

Run in this directory: python3 make_seeds.py
"""
import json
import pathlib
import struct

ROOT = pathlib.Path(__file__).parent.parent / "resources" / "io" / "llmserving" / "fuzz"


def seed(test, method, name, content):
    folder = ROOT / f"{test}Inputs" / method
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def value(item):
    if isinstance(item, bool):
        return struct.pack("<I?", 7, item)
    if isinstance(item, int):
        return struct.pack("<II", 4, item)
    if isinstance(item, float):
        return struct.pack("<If", 6, item)
    if isinstance(item, str):
        return struct.pack("<I", 8) + text(item)
    if isinstance(item[0], str):
        return struct.pack("<IIQ", 9, 8, len(item)) + b"".join(text(entry) for entry in item)
    return struct.pack(f"<IIQ{len(item)}i", 9, 5, len(item), *item)


def gguf(entries, tensors=()):
    """Tensors are (name, dimensions, type, bytes)."""
    out = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(entries))
    for key, item in entries.items():
        out += text(key) + value(item)
    offset = 0
    for name, dimensions, kind, size in tensors:
        out += text(name) + struct.pack(f"<I{len(dimensions)}QIQ", len(dimensions), *dimensions, kind, offset)
        offset += (size + 31) // 32 * 32
    return out + b"\0" * (-len(out) % 32) + b"\0" * offset


def vocabulary(model):
    letters = [chr(c) for c in range(33, 127)] + ["Ġ", "Ċ"]
    tokens = ["<s>", "</s>", "<unk>"] + letters + ["He", "ll", "Hell", "Ġw"]
    return {
        "tokenizer.ggml.model": model,
        "tokenizer.ggml.pre": "gpt-2",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": [3, 3, 2] + [1] * (len(tokens) - 3),
        "tokenizer.ggml.merges": ["H e", "l l", "He ll", "Ġ w"],
        "tokenizer.ggml.bos_token_id": 0,
        "tokenizer.ggml.eos_token_id": 1,
        "tokenizer.chat_template": "{% for m in messages %}{{ m.content }}{% endfor %}",
    }


def llama(wide=16, inner=32, vocabulary_size=103):
    entries = {
        "general.architecture": "llama",
        "llama.block_count": 1,
        "llama.context_length": 64,
        "llama.embedding_length": wide,
        "llama.feed_forward_length": inner,
        "llama.attention.head_count": 1,
        "llama.attention.head_count_kv": 1,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.rope.freq_base": 10000.0,
        "general.sampling.temp": 0.5,
    } | vocabulary("gpt2")
    shapes = {"token_embd": (wide, vocabulary_size), "output_norm": (wide,), "blk.0.attn_norm": (wide,),
              "blk.0.ffn_norm": (wide,), "blk.0.attn_q": (wide, wide), "blk.0.attn_k": (wide, wide),
              "blk.0.attn_v": (wide, wide), "blk.0.attn_output": (wide, wide), "blk.0.ffn_gate": (wide, inner),
              "blk.0.ffn_up": (wide, inner), "blk.0.ffn_down": (inner, wide)}
    tensors = []
    for name, shape in shapes.items():
        kind, width = (0, 4) if len(shape) == 1 else (1, 2)
        size = width
        for dimension in shape:
            size *= dimension
        tensors.append((name + ".weight", shape, kind, size))
    return gguf(entries, tensors)


def safetensors(header, data=b""):
    encoded = json.dumps(header).encode()
    return struct.pack("<Q", len(encoded)) + encoded + data


def tokenizer(**changes):
    plain = {
        "version": "1.0",
        "added_tokens": [{"id": 100, "content": "<|im_end|>", "special": True, "single_word": False,
                          "lstrip": False, "rstrip": False, "normalized": False}],
        "normalizer": None,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        "post_processor": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False},
        "decoder": {"type": "ByteLevel"},
        "model": {"type": "BPE", "vocab": {chr(c): c - 33 for c in range(33, 127)} | {"He": 94, "ll": 95, "Ġ": 96},
                  "merges": ["H e", "l l"]},
    }
    return json.dumps(plain | changes, ensure_ascii=False)


def files():
    gguf_test = "GgufFuzzTests", "aFileIsReadOrRefused"
    seed(*gguf_test, "empty-header", gguf({}))
    seed(*gguf_test, "llama", llama())
    seed(*gguf_test, "llama-cut", llama()[:-100])
    seed(*gguf_test, "spm-vocabulary", gguf({"general.architecture": "llama"} | vocabulary("llama")))
    seed(*gguf_test, "many-entries", b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 60))
    seed(*gguf_test, "long-text", b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, (1 << 63) - 1))
    one = "SafetensorsFuzzTests", "aFileIsReadOrRefused"
    entry = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}
    seed(*one, "one-tensor", safetensors({"a": entry, "__metadata__": {"format": "pt"}}, bytes(16)))
    seed(*one, "outside", safetensors({"a": entry | {"data_offsets": [0, 1 << 40]}}, bytes(16)))
    seed(*one, "huge-shape", safetensors({"a": entry | {"shape": [1 << 31, 1 << 31, 4]}}, bytes(16)))
    seed(*one, "nested", struct.pack("<Q", 4000) + b"[" * 4000)
    index = "SafetensorsFuzzTests", "anIndexIsReadOrRefused"
    seed(*index, "two-files", json.dumps({"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}))
    seed(*index, "elsewhere", json.dumps({"weight_map": {"a": "../../etc/passwd", "b": "/etc/passwd"}}))


def texts():
    tokenizers = "TokenizerFuzzTests", "aTokenizerIsReadOrRefused"
    seed(*tokenizers, "byte-level", tokenizer())
    split = {"type": "Sequence", "pretokenizers": [
        {"type": "Split", "pattern": {"Regex": "(?i:'s|'t)|\\p{L}+|\\p{N}{1,3}|\\s+"}, "behavior": "Isolated",
         "invert": False}, {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False}]}
    seed(*tokenizers, "split", tokenizer(pre_tokenizer=split))
    slow = {"type": "Sequence", "pretokenizers": [
        {"type": "Split", "pattern": {"Regex": "(a+)+$|(.*)*b"}, "behavior": "Isolated", "invert": False},
        {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False}]}
    seed(*tokenizers, "slow-pattern", tokenizer(pre_tokenizer=slow))
    seed(*tokenizers, "unigram", tokenizer(model={"type": "Unigram", "vocab": [["a", -1.0]]}))
    templates = "TemplateFuzzTests", "aTemplateIsRenderedOrRefused"
    seed(*templates, "chat", "{% for m in messages %}<|{{ m['role'] }}|>{{ m.content | trim }}{{ eos_token }}"
         "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}")
    seed(*templates, "macro", "{% macro f(x, y=1) %}{{ x ~ y }}{% endmacro %}{{ f(tools | tojson(indent=2)) }}"
         "{% set ns = namespace(i=0) %}{% for i in range(9) %}{% set ns.i = ns.i + i %}{% endfor %}{{ ns.i }}")
    seed(*templates, "filters", "{{ ['b','a'] | sort | join(',') | upper | replace('A', 'c') }}{{ '%05.2f' % 3.14159 }}"
         "{{ '{:>8}'.format('x') }}{{ messages[0:2] | map(attribute='role') | list }}{{ strftime_now('%d %b') }}")
    seed(*templates, "endless", "{% for a in range(100000) %}{% for b in range(100000) %}{{ a * b }}{% endfor %}{% endfor %}")
    seed(*templates, "power", "{{ 9 ** 9 ** 9 }}{{ 'x' * 999999999 }}{{ 10 ** 5000 }}")
    seed(*templates, "deep", "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}")
    requests = "RequestFuzzTests", "aBodyIsParsedOrRefused"
    seed(*requests, "chat", json.dumps({"model": "m", "messages": [
        {"role": "system", "content": "a"}, {"role": "user", "content": [{"type": "text", "text": "b"}]},
        {"role": "assistant", "content": None}, {"role": "tool", "content": "c", "tool_call_id": "d"}],
        "stream": True, "stream_options": {"include_usage": True}, "logit_bias": {"1": -100}, "stop": ["x"], "n": 2,
        "top_logprobs": 3, "logprobs": True, "chat_template_kwargs": {"a": None, "b": {"c": [1, 2.5]}}}))
    seed(*requests, "completion", json.dumps({"prompt": [[1, 2], [3]], "echo": True, "logprobs": 2, "max_tokens": 0,
                                              "best_of": 1, "suffix": None, "temperature": 0.5, "seed": -1}))
    seed(*requests, "tokenize", json.dumps({"prompt": "a", "add_special_tokens": False}))
    seed(*requests, "detokenize", json.dumps({"tokens": [1, 2, 3]}))
    seed(*requests, "nested", "[" * 100000)
    seed(*requests, "best-of-object", '{"prompt":"a","best_of":{"a":1}}')
    seed(*requests, "float-out-of-range", '{"messages":[{"role":"user","content":"a"}],"temperature":1e300}')
    seed(*requests, "bias-out-of-range", '{"prompt":"a","logit_bias":{"1":-1e300}}')
    seed(*requests, "seed-out-of-range", '{"prompt":"a","seed":9223372036854775808}')
    seed(*requests, "large-number", '{"prompt":"a","seed":1e999999999,"max_tokens":' + "9" * 2000 + "}")


if __name__ == "__main__":
    files()
    texts()
