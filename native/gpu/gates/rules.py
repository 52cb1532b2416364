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


def gemm_work(rows, weight_bytes, unit, activation_bytes=2):
    def work(m):
        outputs, inputs = 2 * FFN, WIDTH
        moved = outputs * inputs * weight_bytes + rows * (inputs * activation_bytes + outputs * 2)
        return Work(f"{rows} x {inputs} -> {outputs}", moved, 2.0 * rows * outputs * inputs, unit)
    return work


@dataclasses.dataclass(frozen=True)
class Rule:
    pattern: str
    kind: str
    work: object  # match -> Work
    changes: object = lambda m: {}  # match -> thresholds that differ from the class's


T = "(?P<t>bf16|f16)"  # activations
SIZE = "_(?P<size>128|256|1024|1024x4)"
SIZE_WIDTHS = {"128": 1024, "256": 4096, "1024": 16384, "1024x4": 32768}  # the widest row of each instance


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
    return {"registers": 64 if m["size"].startswith("1024") else 40}



RULES = [
    # norm_<activations>[_<stream>][_<output>]_<size>: reads the stream and what is added, writes both sums and the result.
    Rule(f"norm_{T}(?:_(?P<r>f32))?(?:_(?P<q>i8|e4m3))?{SIZE}", "row",
         sized(lambda m: 2 * element(m, "r") + ELEMENT[m["t"]] + element(m, "q")), held),
    Rule(f"activation_{T}", "row", row_work(4, 2, FFN)),
    Rule(f"activation_{T}_(?P<q>i8|e4m3){SIZE}", "row", sized(lambda m: 2 * ELEMENT[m["t"]] + ELEMENT[m["q"]]), held),
    Rule(f"quantize_{T}_(?P<q>i8|e4m3){SIZE}", "row", sized(lambda m: ELEMENT[m["t"]] + ELEMENT[m["q"]]), held),
    Rule(f"quantize_(static|groups)_{T}(_i8|_e4m3)?", "row", row_work(2, 1)),
    Rule(f"dequantize_(i8|e4m3)_{T}", "row", row_work(1, 2)),
    Rule(f"add_{T}", "row", row_work(4, 2)),
    Rule(f"add_{T}_f32", "row", row_work(6, 4)),
    Rule("scale_cap_f32", "row", lambda m: Work(f"{BATCH} rows of logits", BATCH * VOCABULARY * 8.0)),
    Rule("resolve_step_tokens", "index", lambda m: Work(f"{ROWS} tokens", ROWS * 20.0)),
    Rule("gather_rows_b16", "gather", row_work(2, 2)),
    Rule("embedding_(?P<w>bf16|f16)(?:_(?P<r>bf16|f16|f32))?", "gather",
         lambda m: row_work(ELEMENT[m["w"]], element(m, "r", "w"))(m)),
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
