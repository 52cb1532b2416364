"""Classes of kernels and the thresholds of each. A threshold of None is not looked at."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class KernelClass:
    registers: int = 255
    instructions: int = 4000
    growth: float = 2.0  # most instructions on any architecture / least
    threads_per_sm: int | None = None  # at least resident, or as many as the device takes
    blocks_per_sm: int | None = None  # at least resident on sm_80, 90 and 100, which have the shared memory for it
    in_flight: int | None = None  # bytes under way per SM, at least
    # Part of the bytes loaded from global memory that comes by 16 bytes a lane, at least. Indices that all lanes of a warp
    # load count once per lane, and weigh much in the tests' small shapes: less is asked of kernels that have them.
    wide: float | None = None
    mma_per_ldsm: float | None = None
    tensor: str | None = None  # the tensor operation that the code must hold
    loads: float | None = None  # coalescing, bytes / (32 · sectors), at least
    stores: float | None = None
    conflicts: float | None = 1.05  # shared-memory wavefronts / ideal, at most
    ldmatrix: float = 1.0
    requested: float | None = None  # bytes asked for / unique bytes, at most
    compulsory: float = 1.02  # unique bytes / the least that the launch can do with, at most


STREAM = KernelClass(registers=40, threads_per_sm=1024, in_flight=32 << 10, wide=0.9, loads=0.95, stores=0.95,
                     requested=1.10)
CLASSES = {
    # One pass over rows: norms, activations, rotations, quantization, residuals.
    "row": STREAM,
    # Rows found by an index: embeddings, cache writes, permutations, copies of blocks.
    "gather": dataclasses.replace(STREAM, wide=0.6, loads=0.80, stores=0.80, in_flight=None, requested=None),
    # One pass that writes more than it reads: 8 or fewer bytes in, 16 out.
    "widen": dataclasses.replace(STREAM, wide=None, requested=None, loads=0.80),
    # Weights once, by a few rows of activations, on ordinary cores.
    "gemv": dataclasses.replace(STREAM, registers=128, threads_per_sm=512, requested=None),
    # The same on tensor cores.
    "small": KernelClass(registers=128, threads_per_sm=256, in_flight=32 << 10, wide=0.9, tensor="HMMA", loads=0.95),
    "small8": KernelClass(registers=128, threads_per_sm=256, in_flight=32 << 10, wide=0.9, tensor="IMMA", loads=0.95),
    "gemm": KernelClass(wide=0.5, mma_per_ldsm=4.0, tensor="HMMA", loads=0.95, stores=0.80),
    "gemm8": KernelClass(wide=0.5, mma_per_ldsm=2.0, tensor="IMMA", loads=0.95, stores=0.80),
    "decode": KernelClass(registers=64, threads_per_sm=512, in_flight=32 << 10, wide=0.6, loads=0.80, stores=0.80),
    "prefill": KernelClass(registers=184, blocks_per_sm=2, wide=0.9, mma_per_ldsm=1.8, tensor="HMMA", loads=0.80,
                           stores=0.80),
    # Whole rows of logits, more than once.
    "sampling": KernelClass(registers=64, threads_per_sm=1024, wide=0.9, loads=0.95),
    # Small integer work on plans, routes and slots: a few KB.
    "index": KernelClass(registers=64),
}
