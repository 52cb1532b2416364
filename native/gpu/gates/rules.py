"""Which class a kernel is of, by its name, and what it has to do at a stated shape. The shapes are those of Llama-3-8B: width
4096, 32 query and 8 key/value heads of 128, feed-forward 14336, vocabulary 128256."""
import dataclasses
import re

from classes import CLASSES
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
    changes: dict = dataclasses.field(default_factory=dict)  # of the class's thresholds

    @property
    def limits(self):
        return dataclasses.replace(CLASSES[self.kind], **self.changes)


RULES = []


def rule_for(kernel):
    """(Rule, Work) or None. The first pattern that matches the whole name."""
    for rule in RULES:
        match = re.fullmatch(rule.pattern, kernel)
        if match:
            return rule, rule.work(match)
    return None
