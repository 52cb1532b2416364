"""Which class a kernel is of, by its name, and what it has to do at a stated shape. The shapes are those of Llama-3-8B: width
4096, 32 query and 8 key/value heads of 128, feed-forward 14336, vocabulary 128256."""
import dataclasses
import re

from classes import CLASSES, KernelClass
from model import Work

ELEMENT = {"f32": 4, "bf16": 2, "f16": 2, "e4m3": 1, "e5m2": 1, "i8": 1, "q8": 1}
WIDTH, QUERIES, KEYS, HEAD, FFN, VOCABULARY = 4096, 32, 8, 128, 14336, 128256
ROWS, BATCH, CONTEXT = 4096, 64, 4096


def row_work(reads, writes, width=WIDTH):
    """reads, writes: bytes per element of a row of `width`."""
    return lambda m: Work(f"{ROWS} rows of {width}", ROWS * width * (reads + writes))


@dataclasses.dataclass(frozen=True)
class Rule:
    pattern: str
    kind: str
    work: object  # match -> Work
    changes: object = lambda m: {}  # match -> thresholds that differ from the class's


T = "(?P<t>bf16|f16)"  # activations
SIZE = "_(?P<size>128|512|1024|1024x2|1024x4)"
SIZE_WIDTHS = {"128": 1024, "512": 4096, "1024": 8192, "1024x2": 16384, "1024x4": 32768}  # the widest row of each instance


def sized(per_element):
    """Work of kernels that hold a row: per_element maps the match to bytes moved per element of the row."""
    def work(m):
        width = SIZE_WIDTHS[m["size"]]
        return Work(f"{ROWS} rows of {width}", ROWS * width * per_element(m))
    return work


def element(m, group, default="t"):
    return ELEMENT[m[group] or m[default]]


# A row of 16384 or 32768 elements stays in registers: 1024 threads with 64 of them fill an SM.
def held(m):
    return {"registers": 64 if m["size"].startswith("1024x") else 40}


# Bytes per weight of the packed families: codes, and 16-bit scales (and minima) per 32 or 16 columns.
FAMILY = {"float": 2, "int8": 1 + 2 / 32, "int8min": 1 + 4 / 32, "int8g16": 1 + 2 / 16, "int4": 0.5 + 2 / 32,
          "int4min": 0.5 + 4 / 32, "int4g16min": 0.5 + 4 / 16}
F = "(?P<f>float|int8|int8min|int8g16|int4|int4min|int4g16min)"


def product(tokens, weight_bytes, unit="tensor16", activation_bytes=2, experts=1):
    """Work of a matrix product with the weights of gate and up, of each of `experts`; tokens: all together."""
    outputs, inputs = 2 * FFN, WIDTH
    moved = experts * outputs * inputs * weight_bytes + tokens * (inputs * activation_bytes + outputs * 2)
    over = f", {experts} experts" if experts > 1 else ""
    return Work(f"{tokens} rows, {inputs} to {outputs}{over}", moved, 2.0 * tokens * outputs * inputs, unit)


C = "(?P<c>bf16|f16|e4m3|e5m2|i8)"  # the cache's type
D = "_d(?P<d>64|128|256)"


def cache_bytes(m):
    """Of one position's keys and values; codes of 8 bits have a scale per head."""
    return 2 * KEYS * (int(m["d"]) * ELEMENT[m["c"]] + (4 if m["c"] == "i8" else 0))


def rotation(m):
    d = int(m["d"])
    return Work(f"{ROWS} tokens", ROWS * ((2 * QUERIES + 2 * KEYS) * d * 2 + cache_bytes(m)))


def decode(m):
    d = int(m["d"])
    return Work(f"{BATCH} sequences of {CONTEXT}", BATCH * CONTEXT * cache_bytes(m), 4.0 * BATCH * CONTEXT * QUERIES * d, "fp32")


def prefill(m):
    d = int(m["d"])
    moved = ROWS * (2 * QUERIES * d * 2 + cache_bytes(m))
    return Work(f"a prompt of {ROWS}", moved, 2.0 * ROWS * ROWS * QUERIES * d, "tensor16")


def merge(m):
    splits, d = 8, int(m["d"])
    return Work(f"{BATCH} sequences in {splits} parts", BATCH * QUERIES * (splits * (d * 4 + 8) + d * 2))


def logits(passes):
    return lambda m: Work(f"{BATCH} rows of {VOCABULARY}", passes * BATCH * VOCABULARY * 4.0)


def lora(m):
    rank, adapters = 16, 8
    return Work(f"{BATCH} rows, rank {rank}, {adapters} adapters", adapters * rank * WIDTH * 2 + BATCH * (WIDTH + rank) * 2)


def all_reduce(devices):
    return lambda m: Work(f"{BATCH} rows on {devices} devices", BATCH * WIDTH * 2.0 * (devices + 1))


RULES = [
    # norm_<activations>[_<stream>][_<output>]_<size>: reads the stream and what is added, writes both sums and the result.
    Rule(f"norm_{T}(?:_(?P<r>f32))?(?:_(?P<q>i8|e4m3))?{SIZE}", "row",
         sized(lambda m: 2 * element(m, "r") + ELEMENT[m["t"]] + element(m, "q")), held),
    Rule(f"activation_{T}", "row", row_work(4, 2, FFN)),
    Rule(f"activation_{T}_(?P<q>i8|e4m3){SIZE}", "row", sized(lambda m: 2 * ELEMENT[m["t"]] + ELEMENT[m["q"]]), held),
    Rule(f"quantize_{T}_(?P<q>i8|e4m3){SIZE}", "row", sized(lambda m: ELEMENT[m["t"]] + ELEMENT[m["q"]]), held),
    Rule(f"quantize_(static|groups)_{T}(_i8|_e4m3)?", "row", row_work(2, 1)),
    Rule(f"dequantize_(i8|e4m3)_{T}", "widen", row_work(1, 2)),
    Rule(f"add_{T}", "row", row_work(4, 2)),
    Rule(f"add_{T}_f32", "row", row_work(6, 4)),
    Rule("scale_cap_f32", "row", logits(2)),
    Rule("resolve_step_tokens", "index", lambda m: Work(f"{ROWS} tokens", ROWS * 20.0)),
    Rule("set_table_cells", "index", lambda m: Work(f"{ROWS} cells", ROWS * 12.0)),
    Rule("gather_rows_b16", "gather", row_work(2, 2)),
    Rule("embedding_(?P<w>bf16|f16)(?:_(?P<r>bf16|f16|f32))?", "gather",
         lambda m: row_work(ELEMENT[m["w"]], element(m, "r", "w"))(m)),
    Rule(f"embedding_packed_(?P<f>int4|int4min|int4g16min)_{T}(?:_(?P<r>f32))?", "widen",
         lambda m: row_work(FAMILY[m["f"]], element(m, "r"))(m)),
    Rule(f"embedding_packed_{F}_{T}(?:_(?P<r>f32))?", "widen",
         lambda m: row_work(FAMILY[m["f"]], element(m, "r"))(m)),

    Rule(f"linear_gemm_{F}_{T}(_64)?", "gemm", lambda m: product(ROWS, FAMILY[m["f"]])),
    Rule(f"linear_small_{F}_{T}_(?P<n>8|16)", "small", lambda m: product(int(m["n"]), FAMILY[m["f"]])),
    Rule(f"linear_unpack_{F}_{T}", "widen",
         lambda m: Work(f"{WIDTH} x {2 * FFN} weights", 2.0 * FFN * WIDTH * (FAMILY[m["f"]] + 2))),
    Rule(f"gemm_fp8_m16_{T}_(e4m3|e5m2)", "small", lambda m: product(16, 1)),
    Rule(f"gemm_fp8_m64_{T}_(e4m3|e5m2)", "gemm", lambda m: product(64, 1)),
    Rule(f"gemm_w8a8_m16_{T}", "small8", lambda m: product(16, 1, "tensor8", 1)),
    Rule(f"gemm_w8a8_(m64|m128)_{T}", "gemm8", lambda m: product(ROWS, 1, "tensor8", 1)),
    Rule("gemm_w8a8_sums_m16", "small8", lambda m: product(16, 1, "tensor8", 1)),
    Rule(f"gemm_w8a8_scale_{T}", "row", lambda m: Work(f"16 rows of {2 * FFN}", 16.0 * 2 * FFN * 6),
         lambda m: {"registers": 64}),  # parts in flight

    # Normalizes, rotates and quantizes heads in registers; what counts is that enough threads are resident.
    Rule(f"rope_cache_{T}_{C}{D}", "gather", rotation, lambda m: {"registers": 64}),
    Rule(f"decode_attention_{T}_{C}{D}", "decode", decode,
         lambda m: {"registers": 64 if ELEMENT[m["c"]] == 2 else 80}),
    Rule(f"prefill_attention_{T}_{C}{D}_.*", "prefill", prefill),
    Rule(f"merge_states_{T}{D}", "gather", merge, lambda m: {"registers": 48}),  # parts in flight
    Rule("(copy|swap)_kv_blocks", "gather", lambda m: Work("64 blocks of 16 positions", 2.0 * 64 * 16 * 2 * KEYS * HEAD * 2)),

    Rule("set_penalty_counts|add_penalty_counts|verify_chains_i32", "index", lambda m: Work(f"{BATCH} slots", BATCH * 4096.0)),
    Rule("sample_(256|1024)", "sampling", logits(2)),
    Rule("score_(256|1024)", "sampling", logits(2)),

    Rule("moe_route_(f32|f16|bf16)", "index", lambda m: Work(f"{ROWS} tokens, 64 experts", ROWS * (64 * 4 + 8 * 8.0))),
    # Histograms in shared memory, at the places that experts' numbers say.
    Rule("moe_align_.*", "index", lambda m: Work(f"{ROWS} tokens, 8 experts each", ROWS * 8 * 12.0),
         lambda m: {"conflicts": None}),
    Rule(f"moe_combine_{T}", "gather", row_work(8 * 2, 2)),
    Rule(f"gemm_grouped_m16_{T}", "small", lambda m: product(128, 2, experts=8)),
    Rule(f"gemm_grouped_{F}_m32_{T}", "small", lambda m: product(256, FAMILY[m["f"]], experts=8)),
    Rule(f"gemm_grouped_{F}_m128_{T}", "gemm", lambda m: product(ROWS, FAMILY[m["f"]], experts=8)),
    # 32 x 64 to a warp, 64 x 64 to a warp.
    Rule(f"gemm_grouped_m64_{T}", "gemm", lambda m: product(512, 2, experts=8), lambda m: {"mma_per_ldsm": 2.6}),
    Rule(f"gemm_grouped_m128_{T}", "gemm", lambda m: product(ROWS, 2, experts=8)),
    Rule(f"lora_bgmv_(shrink|expand)_{T}", "gemv", lora),
    Rule(f"lora_sgmv_(shrink|expand)_{T}", "small", lora),
    Rule(f"lora_sgmv_merge_{T}", "gather", lora, lambda m: {"registers": 64}),  # parts in flight
    # 36 blocks at most, one to an SM: loads of all ranks in flight count, not threads. All threads read the step's number.
    Rule(f"all_reduce_(publish|sum|sum_norm)_{T}", "gather", all_reduce(1),
         lambda m: {"registers": 128, "threads_per_sm": 512, "wide": 0.75}),
    Rule(f"all_reduce(_norm)?_{T}", "gather", all_reduce(8), lambda m: {"registers": 128, "threads_per_sm": 512}),
]


@dataclasses.dataclass(frozen=True)
class Ruling:
    kind: str
    limits: KernelClass
    work: Work


def rule_for(kernel):
    """The Ruling of the first pattern that matches the whole name, or None."""
    for rule in RULES:
        match = re.fullmatch(rule.pattern, kernel)
        if match:
            return Ruling(rule.kind, dataclasses.replace(CLASSES[rule.kind], **rule.changes(match)), rule.work(match))
    return None
