"""Records goldens/dequantize.bin with gguf-py (pip install gguf numpy): random file blocks of every tensor type and
what gguf-py dequantizes them to.

Layout, little-endian: for each type { u32 type; u32 raw bytes; u32 values; raw; f32 values }.
Run by hand: python3 record_dequantize.py
"""
import pathlib
import struct

import numpy as np
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType as T
from gguf.quants import dequantize

# Offsets of the half-precision fields of a block.
HALVES = {
    T.Q4_0: [0], T.Q4_1: [0, 2], T.Q5_0: [0], T.Q5_1: [0, 2], T.Q8_0: [0], T.IQ4_NL: [0],
    T.Q2_K: [80, 82], T.Q3_K: [108], T.Q4_K: [0, 2], T.Q5_K: [0, 2], T.Q6_K: [208],
}
# Zeros, subnormals, the smallest normal, the largest finite.
EXTREMES = [0x0000, 0x8000, 0x0001, 0x83FF, 0x0400, 0x7BFF, 0xFBFF]


def scales(random, count):
    bits = random.normal(0, 0.05, count).astype(np.float16).view(np.uint16)
    bits[: len(EXTREMES)] = EXTREMES
    return random.permutation(bits)


def raw_blocks(random, kind):
    if kind == T.F32:
        return random.normal(0, 1, 64).astype(np.float32).tobytes()
    if kind in (T.F16, T.BF16):
        bits = random.integers(0, 1 << 16, 512).astype(np.uint16)
        exponent = 0x7C00 if kind == T.F16 else 0x7F80
        bits = bits[(bits & exponent) != exponent]  # finite
        return bits[:256].tobytes()
    values, size = GGML_QUANT_SIZES[kind]
    count = 24 if values == 32 else 10
    data = random.integers(0, 256, (count, size)).astype(np.uint8)
    for offset in HALVES[kind]:
        data[:, offset : offset + 2] = scales(random, count).view(np.uint8).reshape(count, 2)
    return data.tobytes()


def main():
    random = np.random.default_rng(20260901)
    kinds = [T.F32, T.F16, T.BF16, *HALVES]
    target = pathlib.Path(__file__).parent / "goldens" / "dequantize.bin"
    target.parent.mkdir(exist_ok=True)
    with target.open("wb") as out:
        for kind in kinds:
            raw = raw_blocks(random, kind)
            values = dequantize(np.frombuffer(raw, np.uint8), kind).astype("<f4")
            out.write(struct.pack("<III", kind.value, len(raw), values.size))
            out.write(raw)
            out.write(values.tobytes())


main()
