"""Records what transformers and sentencepiece make of the texts of tokenizer_strings.py, and the vocabularies that the
tests need, small ones trained here. Run by hand, with a Python that has exactly these:

    transformers==5.19.0 tokenizers==0.23.3 sentencepiece==0.2.3 gguf==0.19.0

    python tokenizer_goldens.py SmolLM2-135M-Instruct.Q4_1.gguf

It writes into ../resources/io/llmserving/text: strings.json.gz (the texts), goldens.json.gz (per tokenizer the ids and
what they decode to), smollm2.json.gz and sp-*.json.gz (vocabularies as a GGUF file has them), NAME/tokenizer.json."""
import gzip
import io
import json
import os
import sys

import gguf
import sentencepiece
import tokenizers
import transformers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer, PreTrainedTokenizerFast
from transformers.convert_slow_tokenizer import generate_merges

from tokenizer_strings import CODE, EMOJI, SENTENCES, strings

PINNED = {transformers: "5.19.0", tokenizers: "0.23.3", sentencepiece: "0.2.3"}
for module, version in PINNED.items():
    assert module.__version__ == version, f"{module.__name__} {module.__version__} is here, {version} is needed"

OUT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../resources/io/llmserving/text"))
TEXTS = strings()
SPECIAL_TEXTS = ["<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n", "a<|im_end|>b", "<|im_end|><|im_end|>", " <|im_end|> ", "<|im_<|im_end|>",
                 "<s>Hello</s> world", "<s> [INST] x [/INST]", "x</s>y", "Hello <|endoftext|> there", "<think>\nhm\n</think>\n\nyes", "<tool_call>{}</tool_call>",
                 "  <tool_call>  ", "<bos><start_of_turn>user\nhello<end_of_turn>\n", "<|begin_of_text|><|eot_id|>", "é<|im_end|>é", "", "plain"]

CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
SPACES = r"\s*[\r\n]+|\s+(?!\S)|\s+"
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"


def cased(ending):
    opening = r"[^\r\n\p{L}\p{N}]?"
    return f"{opening}{UPPER}*{LOWER}+{ending}|{opening}{UPPER}+{LOWER}*{ending}|"


SPLITS = {
    "llama-bpe": [CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + SPACES],
    "qwen2": [CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + SPACES],
    "qwen35": [CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|" + SPACES],
    "tekken": [cased("") + r"\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + SPACES],
    "gpt-4o": [cased(CONTRACTIONS + "?") + r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + SPACES],
    "deepseek-coder": [r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", "[一-龥ࠀ-一가-퟿]+", r"\p{N}"],
    "deepseek-v3": [r"\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+", r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"
                    r"| ?[\p{P}\p{S}]+[\r\n]*|" + SPACES],
}


def write(name, value):
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    with open(os.path.join(OUT, name), "wb") as file, gzip.GzipFile(fileobj=file, mode="wb", compresslevel=9, mtime=0) as packed:
        packed.write(data)


def splits(name):
    steps = [pre_tokenizers.Split(Regex(regex), "isolated") for regex in SPLITS[name]]
    return pre_tokenizers.Sequence(steps + [pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def train(pre, specials, size=2000):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre
    tokenizer.decoder = decoders.ByteLevel()
    corpus = [s for s in SENTENCES + CODE + EMOJI for _ in range(3)]
    tokenizer.train_from_iterator(corpus, trainers.BpeTrainer(vocab_size=size, special_tokens=specials, show_progress=False,
                                                              initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return tokenizer


def save(name, tokenizer, config):
    os.makedirs(os.path.join(OUT, name), exist_ok=True)
    tokenizer.save(os.path.join(OUT, name, "tokenizer.json"), pretty=False)
    with open(os.path.join(OUT, name, "tokenizer_config.json"), "w") as file:
        json.dump(config, file, indent=2)
    return PreTrainedTokenizerFast.from_pretrained(os.path.join(OUT, name))


def record(tokenizer, every=1, first=0):
    """The ids of each text with special tokens not parsed, of the special texts in all four ways, and decoded ids."""
    backend = tokenizer.backend_tokenizer
    backend.encode_special_tokens = True
    golden = {"every": every, "ids": [backend.encode(text, add_special_tokens=False).ids for text in TEXTS[::every]]}
    golden["special"] = []
    for text in SPECIAL_TEXTS:
        ways = []
        for parse in (False, True):
            backend.encode_special_tokens = not parse
            ways += [backend.encode(text, add_special_tokens=add).ids for add in (False, True)]
        golden["special"].append(ways)
    parsed = [ways[2] for ways in golden["special"]]
    size = backend.get_vocab_size()
    # A stride through the vocabulary makes broken characters of all sorts. `first` leaves out byte-fallback tokens: of a run
    # of these that is not UTF-8 transformers makes one U+FFFD a byte, its valid parts included.
    strides = [[first + (start * 7 + i * step) % (size - first) for i in range(24)] for start, step in enumerate((1, 3, 11, 37, 101, 211, 509))]
    golden["decoded"] = [[ids, tokenizer.decode(ids), tokenizer.decode(ids, skip_special_tokens=True)] for ids in parsed + strides]
    return golden


def from_gguf(path):
    where, name = os.path.split(os.path.abspath(path))
    tokenizer = AutoTokenizer.from_pretrained(where, gguf_file=name)
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    fields = gguf.GGUFReader(path).fields
    value = lambda key: fields[key].contents() if key in fields else None
    ggml = lambda key: value("tokenizer.ggml." + key)
    write("smollm2.json.gz", {"model": ggml("model"), "pre": ggml("pre"), "tokens": ggml("tokens"), "types": ggml("token_type"), "scores": [],
        "merges": ggml("merges"), "bos": ggml("bos_token_id"), "eos": ggml("eos_token_id"), "unknown": ggml("unknown_token_id"),
        "addBos": ggml("add_bos_token"), "addEos": ggml("add_eos_token"), "addSpacePrefix": ggml("add_space_prefix"),
        "chatTemplate": value("tokenizer.chat_template")})
    return tokenizer


def byte_level(goldens):
    gpt2 = train(pre_tokenizers.ByteLevel(add_prefix_space=False), ["<|endoftext|>"])
    goldens["gpt2"] = record(save("gpt2", gpt2, {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>"}))

    llama = train(splits("llama-bpe"), ["<|begin_of_text|>", "<|eot_id|>", "<|im_start|>", "<|im_end|>"])
    model = json.loads(llama.to_str())["model"]
    # Tokens that no merge reaches: found only because a piece that is a token is taken as it is.
    for word in ("Ġlazy", "Ġbecause", "Streichholz", "ĠðŁĺĢ", "Ã©Ã©"):
        model["vocab"].setdefault(word, len(model["vocab"]))
    merges = [tuple(merge) for merge in model["merges"] if "".join(merge) not in ("Ġlazy",)]
    llama.model = models.BPE(vocab=model["vocab"], merges=merges, ignore_merges=True)
    llama.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), processors.TemplateProcessing(
        single="<|begin_of_text|> $A", pair="<|begin_of_text|> $A <|begin_of_text|> $B", special_tokens=[("<|begin_of_text|>", 0)])])
    goldens["llama3"] = record(save("llama3", llama, {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"}))

    qwen = train(splits("qwen2"), ["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    qwen.normalizer = normalizers.NFC()
    qwen.add_tokens([AddedToken(name, special=False, normalized=False) for name in ("<tool_call>", "</tool_call>", "<think>", "</think>")])
    goldens["qwen2"] = record(save("qwen2", qwen, {"bos_token": None, "eos_token": "<|im_end|>", "add_bos_token": False}))
    for name in SPLITS:
        if name not in ("llama-bpe", "qwen2"):
            qwen.pre_tokenizer = splits(name)
            qwen.normalizer = normalizers.NFC() if name == "qwen35" else normalizers.Sequence([])
            goldens[name] = record(PreTrainedTokenizerFast(tokenizer_object=qwen), every=2)


def sentence_piece(name, goldens, dummy_prefix, user_defined):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(s for text in SENTENCES + CODE + EMOJI for s in [text] * 3), model_writer=model,
        vocab_size=2200, model_type="bpe", byte_fallback=True, character_coverage=0.98, normalization_rule_name="identity", remove_extra_whitespaces=False,
        add_dummy_prefix=dummy_prefix, split_digits=True, allow_whitespace_only_pieces=True, user_defined_symbols=user_defined, num_threads=1,
        minloglevel=2, hard_vocab_limit=False)
    sp = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    ids = range(sp.get_piece_size())
    kind = lambda i: 2 if sp.is_unknown(i) else 3 if sp.is_control(i) else 6 if sp.is_byte(i) else 4 if sp.id_to_piece(i) in user_defined else 1
    # GGUF files spell the spaces of user-defined tokens as spaces.
    pieces, scores, types = [sp.id_to_piece(i).replace("▁", " ") if kind(i) == 4 else sp.id_to_piece(i) for i in ids], [sp.get_score(i) for i in ids], [kind(i) for i in ids]
    write(name + ".json.gz", {"model": "llama", "pre": "default", "tokens": pieces, "types": types, "scores": scores, "merges": [], "bos": 1, "eos": 2,
        "unknown": 0, "addBos": True, "addEos": False, "addSpacePrefix": dummy_prefix, "chatTemplate": None})
    vocab = {piece: i for i, piece in enumerate(pieces)}
    normal = {piece: score for piece, score, type in zip(pieces, scores, types) if type == 1}
    fast = Tokenizer(models.BPE(vocab=vocab, merges=generate_merges({p: vocab[p] for p in normal}, normal), unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    prepend = [normalizers.Prepend("▁")] if dummy_prefix else []
    fast.normalizer = normalizers.Sequence(prepend + [normalizers.Replace(" ", "▁")])
    strip = [decoders.Strip(" ", 1, 0)] if dummy_prefix else []
    fast.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()] + strip)
    fast.add_special_tokens([AddedToken(piece, normalized=False, special=True) for piece, type in zip(pieces, types) if type in (2, 3)])
    fast.add_tokens([AddedToken(piece, normalized=False) for piece, type in zip(pieces, types) if type == 4])
    fast.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)])
    golden = record(save(name, fast, {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}),
                    first=types.index(1))
    golden["sentencepiece"] = [sp.encode(text) for text in TEXTS]
    goldens[name] = golden


def main():
    os.makedirs(OUT, exist_ok=True)
    write("strings.json.gz", {"strings": TEXTS, "special": SPECIAL_TEXTS})
    goldens = {"smollm2": record(from_gguf(sys.argv[1]))}
    byte_level(goldens)
    sentence_piece("sp-llama", goldens, True, [])
    sentence_piece("sp-gemma", goldens, False, ["<tool_call>", "\n\n", "\n\n\n", "<start_of_turn>", "▁▁", "▁▁▁"])
    write("goldens.json.gz", goldens)
    print(len(TEXTS), "texts;", {name: sum(len(ids) for ids in golden["ids"]) for name, golden in goldens.items()})


main()
