"""Trains the tiny model and writes it as GGUF, with float32 logits of transformers as a golden.

    pip install torch==2.13.0 transformers==5.19.0 gguf==0.19.0 numpy
    python make_tiny_model.py ../resources/io/llmserving/test/tiny.gguf ../../test/resources/io/llmserving/test/tiny.golden

A Llama of 4 layers with a byte-level vocabulary, taught the conversations of tiny_corpus.py: about three minutes
on one core. Seeds are fixed; other processors may round differently and get other weights of the same quality.

The golden file is little-endian: int32 positions, int32 tokens[positions], int32 columns, int32 ids[columns], float32
logits[positions][columns], computed with the weights as the file has them, that is after quantization.
"""

import json
import math
import pathlib
import random
import sys
import time

import gguf
import numpy as np
import torch
import transformers as tf
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

import tiny_corpus

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
END_OF_TEXT, START, END = range(3)
VOCABULARY, LAYERS, HIDDEN, HEADS, KV_HEADS, HEAD_DIM, FEED, CONTEXT = 1024, 4, 128, 4, 2, 32, 384, 2048
TEMPLATE = """{%- for message in messages -%}
{{- '<|im_start|>' + message['role'] + '\\n' + (message['content'] or '') + '<|im_end|>' + '\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|im_start|>assistant\\n' -}}
{%- endif -%}
"""
PROMPTS = ["What colour is the sky?", "Why is the sky blue?", "Hello!", "What is the capital of France?", "Count to five.",
           "Give me a JSON object for a red ball.", "What is 3 plus 4?", "Name three colours.", "Tell me a story.",
           "How do I bake bread?", "Say blue boat", "Count from 7 to 12", "Which day comes after Monday?"]
STEPS, WARM_UP, LONG_STEPS = 1000, 20, 60


def train_tokenizer(rng):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=SPECIAL, show_progress=False,
                                  initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.train_from_iterator((tiny_corpus.document(rng) for _ in range(20000)), trainer)
    assert tokenizer.get_vocab_size() == VOCABULARY
    return tokenizer


class Batches:
    """Rows cut from an endless text; documents follow one another."""

    def __init__(self, tokenizer, seed):
        self.tokenizer, self.rng, self.buffer = tokenizer, random.Random(seed), []

    def next(self, rows, length):
        while len(self.buffer) < rows * length:
            texts = [tiny_corpus.document(self.rng) for _ in range(256)]
            for encoding in self.tokenizer.encode_batch(texts):
                self.buffer += encoding.ids
        taken, self.buffer = self.buffer[:rows * length], self.buffer[rows * length:]
        return torch.tensor(taken).reshape(rows, length)


def new_model():
    config = tf.LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=HIDDEN, intermediate_size=FEED, num_hidden_layers=LAYERS, head_dim=HEAD_DIM,
        num_attention_heads=HEADS, num_key_value_heads=KV_HEADS, max_position_embeddings=CONTEXT, rms_norm_eps=1e-5,
        rope_parameters=dict(rope_type="default", rope_theta=10000.0), tie_word_embeddings=True,
        bos_token_id=START, eos_token_id=END, pad_token_id=END_OF_TEXT)
    return tf.LlamaForCausalLM(config)


def rate(step):
    """The share of the full learning rate: up quickly, then down along a cosine."""
    if step < WARM_UP:
        return (step + 1) / WARM_UP
    return 0.02 + 0.49 * (1.0 + math.cos(math.pi * (step - WARM_UP) / (STEPS - WARM_UP)))


def train(model, batches):
    named = list(model.named_parameters())
    matrices = [p for name, p in named if p.dim() == 2 and "embed" not in name]
    others = [p for name, p in named if p.dim() == 1 or "embed" in name]
    optimizers = [torch.optim.Muon(matrices, lr=0.02, momentum=0.95, weight_decay=0.0),
                  torch.optim.AdamW(others, lr=5e-3, betas=(0.9, 0.98), weight_decay=0.0)]
    schedules = [torch.optim.lr_scheduler.LambdaLR(optimizer, rate) for optimizer in optimizers]
    began, total = time.process_time(), 0.0
    for step in range(STEPS):
        # The last steps show the model long contexts.
        rows = batches.next(4, 160) if step < STEPS - LONG_STEPS else batches.next(1, 1024)
        logits = model(rows[:, :-1]).logits
        loss = torch.nn.functional.cross_entropy(logits.reshape(-1, VOCABULARY), rows[:, 1:].reshape(-1))
        model.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for part in optimizers + schedules:
            part.step()
        total += loss.item()
        if step % 50 == 49:
            print(f"step {step + 1}: loss {total / 50:.3f}, {time.process_time() - began:.0f} s", flush=True)
            total = 0.0


def gguf_name(name):
    top = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight"}
    parts = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
             "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
             "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm"}
    if name in top:
        return top[name]
    _, _, layer, rest = name.split(".", 3)
    return f"blk.{layer}.{parts[rest.removesuffix('.weight')]}.weight"


def permute(weight, heads):
    """Rotation of halves becomes a rotation of neighbours."""
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(weight.shape)


def unpermute(weight, heads):
    return weight.reshape(heads, weight.shape[0] // heads // 2, 2, -1).swapaxes(1, 2).reshape(weight.shape)


def heads_of(name):
    return HEADS if "q_proj" in name else KV_HEADS if "k_proj" in name else 0


def quantize(model):
    """Returns the file's blocks of each matrix, and puts what they stand for into the model."""
    blocks = {}
    for name, parameter in model.named_parameters():
        if parameter.dim() == 1:
            continue
        heads = heads_of(name)
        weight = parameter.detach().numpy()
        blocks[name] = gguf.quants.quantize(permute(weight, heads) if heads else weight, gguf.GGMLQuantizationType.Q8_0)
        rounded = gguf.quants.dequantize(blocks[name], gguf.GGMLQuantizationType.Q8_0)
        parameter.data = torch.from_numpy(unpermute(rounded, heads) if heads else rounded).clone()
    return blocks


def write_vocabulary(writer, tokenizer):
    tokens = [tokenizer.id_to_token(i) for i in range(VOCABULARY)]
    types = [gguf.TokenType.CONTROL if i < len(SPECIAL) else gguf.TokenType.NORMAL for i in range(VOCABULARY)]
    ids = {token: i for i, token in enumerate(tokens)}
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    assert all(a in ids and b in ids and a + b in ids for a, b in merges)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges([" ".join(pair) for pair in merges])
    writer.add_bos_token_id(START)
    writer.add_eos_token_id(END)
    writer.add_pad_token_id(END_OF_TEXT)
    writer.add_add_bos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(TEMPLATE)


def write_gguf(path, model, blocks, tokenizer):
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_description("A toy language model for tests, made by make_tiny_model.py")
    writer.add_block_count(LAYERS)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(FEED)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_key_length(HEAD_DIM)
    writer.add_value_length(HEAD_DIM)
    writer.add_rope_dimension_count(HEAD_DIM)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(VOCABULARY)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    write_vocabulary(writer, tokenizer)
    for name, parameter in model.named_parameters():
        if name in blocks:
            writer.add_tensor(gguf_name(name), blocks[name], raw_dtype=gguf.GGMLQuantizationType.Q8_0)
        else:
            writer.add_tensor(gguf_name(name), parameter.detach().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def prompt_of(question):
    return f"<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n"


def answer(model, tokenizer, question):
    ids = tokenizer.encode(prompt_of(question)).ids
    out = model.generate(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long),
                         max_new_tokens=120, do_sample=False)
    return out[0].tolist()[len(ids):]


def write_golden(path, model, tokenizer):
    first = tokenizer.encode(prompt_of(PROMPTS[0])).ids + answer(model, tokenizer, PROMPTS[0])
    second = tokenizer.encode("\n" + prompt_of(PROMPTS[5])).ids + answer(model, tokenizer, PROMPTS[5])
    tokens = (first + second)[:96]
    with torch.no_grad():
        logits = model(torch.tensor([tokens])).logits[0].numpy()
    with path.open("wb") as file:
        for part in ([len(tokens)], tokens, [VOCABULARY], range(VOCABULARY)):
            file.write(np.asarray(part, dtype="<i4").tobytes())
        file.write(logits.astype("<f4").tobytes())


def main():
    path, golden = map(pathlib.Path, sys.argv[1:3])
    torch.manual_seed(1)
    torch.set_num_threads(1)
    tokenizer = train_tokenizer(random.Random(1))
    model = new_model()
    print(sum(p.numel() for p in model.parameters()), "parameters")
    train(model, Batches(tokenizer, 2))
    model.eval()
    blocks = quantize(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    golden.parent.mkdir(parents=True, exist_ok=True)
    write_gguf(path, model, blocks, tokenizer)
    write_golden(golden, model, tokenizer)
    for question in PROMPTS:
        ids = answer(model, tokenizer, question)
        print(f"{question!r} -> {tokenizer.decode(ids)!r}", "" if ids[-1] == END else "NOT ENDED")


main()
