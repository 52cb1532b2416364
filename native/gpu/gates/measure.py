"""Gathers what build-cuda left behind: for each kernel and architecture one Measurement."""
import dataclasses
import hashlib
import pathlib

import arch as architectures
import cubin
import occupancy
import ptxas
import sass

GPU = pathlib.Path(__file__).resolve().parent.parent


@dataclasses.dataclass
class Measurement:
    kernel: str
    arch: int
    report: ptxas.Report
    code: sass.Sass
    threads: int  # per block
    dynamic: int  # bytes of dynamic shared memory per block, the most that a launch asked for
    blocks: int = 0  # per SM

    @property
    def shared(self):
        return self.report.shared + self.dynamic

    @property
    def widest_load(self):
        """Bits per lane of the widest load from global memory."""
        return max((width for (op, width), n in self.code.accesses.items() if op in ("LDG", "LDGSTS") and n), default=0)

    @property
    def mma(self):
        return self.code.counts["HMMA"] + self.code.counts["IMMA"] + self.code.counts["QMMA"]

    @property
    def mma_per_ldsm(self):
        return self.mma / self.code.counts["LDSM"] if self.code.counts["LDSM"] else None

    @property
    def in_flight(self):
        """Bytes that an SM can have under way: by asynchronous copies all shared memory, otherwise what its threads load
        before they wait, and as much again of what they store."""
        copied = self.dynamic if self.code.counts["LDGSTS"] else 0
        stored = min(self.code.burst, self.code.bytes("STG"))
        return self.blocks * max(copied, self.threads * (self.code.burst + stored))


def sources_hash():
    """Changes with any kernel source or header."""
    total = hashlib.sha256()
    for path in sorted([*GPU.glob("kernels/*.cu"), *GPU.glob("include/**/*.h")]):
        total.update(path.relative_to(GPU).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def gather(build_dir, archs, dynamic, occupancy_program):
    """dynamic: {kernel: bytes of shared memory}. Returns [Measurement], by kernel, then architecture."""
    found = []
    for source in sorted(GPU.glob("kernels/*.cu")):
        for arch in archs:
            found += of_image(build_dir / source.stem / f"sm_{arch}", arch, dynamic)
    queries = [(architectures.DEVICES[m.arch], m.report.registers, m.report.shared, m.dynamic, m.threads) for m in found]
    for measurement, blocks in zip(found, occupancy.blocks_per_sm(occupancy_program, queries)):
        measurement.blocks = blocks
    return sorted(found, key=lambda m: (m.kernel, m.arch))


def of_image(stem, arch, dynamic):
    if not stem.with_suffix(".cubin").exists():
        raise SystemExit(f"{stem}.cubin is missing: run build-cuda for sm_{arch} first")
    kernels = cubin.read(stem.with_suffix(".cubin").read_bytes())
    reports = ptxas.parse(stem.with_suffix(".log").read_text())
    for name, kernel in kernels.items():
        if name not in reports:
            raise ValueError(f"ptxas reports nothing about {name} in {stem}.log")
        yield Measurement(name, arch, reports[name], sass.Sass(kernel.code, arch), kernel.threads or 1024, dynamic.get(name, 0))
