"""The gates. Each compares a figure with a limit and yields a Finding where it is missed."""
import dataclasses

import arch as architectures
import sass

STATIC = {"spill", "stack", "local", "double", "registers", "shared", "threads", "blocks", "in-flight", "widest-load",
          "mma-ldsm", "tensor", "instructions", "growth", "generic"}
EMULATED = {"executed", "wide", "loads", "stores", "conflicts", "ldmatrix", "requested", "cases", "compulsory", "floor"}

# A case that touches fewer bytes than its formula says are the least has a wrong formula, and a roofline too low.
FLOOR = 0.98


@dataclasses.dataclass(frozen=True)
class Finding:
    kernel: str
    gate: str
    arch: int | str  # 90 for sm_90, or an AMD architecture's name; 0: not of an architecture
    value: float
    limit: float
    least: bool = False  # the value must be at least the limit, not at most

    @property
    def arch_name(self):
        return f"sm_{self.arch}" if isinstance(self.arch, int) else self.arch

    def __str__(self):
        where = f" on {self.arch_name}" if self.arch else ""
        return f"{self.kernel}{where}: {self.gate} is {self.value:g}, {'at least' if self.least else 'at most'} {self.limit:g}"


def most(gate, value, limit):
    return [] if limit is None or value is None or value <= limit else [(gate, value, limit, False)]


def least(gate, value, limit):
    return [] if limit is None or value is None or value >= limit else [(gate, value, limit, True)]


def resident_threads(m, limit):
    """Threads that have to be resident: no more than the device takes of blocks of this size."""
    return limit and min(limit, architectures.DEVICES[m.arch].threads // m.threads * m.threads)


def static(m, limits):
    """Findings of one Measurement."""
    counts = m.code.counts
    roomy = m.arch in (80, 90, 100)
    misses = [
        *most("spill", m.report.spill_stores + m.report.spill_loads, 0),
        *most("stack", m.report.stack, 0),
        *most("local", counts["LDL"] + counts["STL"], 0),
        *most("double", sum(counts[operation] for operation in sass.DOUBLES), 0),
        *most("generic", counts["LD"] + counts["ST"], 0),
        *most("registers", m.report.registers, limits.registers),
        *most("shared", m.shared, architectures.DEVICES[m.arch].shared_block),
        *least("threads", m.blocks * m.threads, resident_threads(m, limits.threads_per_sm)),
        *least("blocks", m.blocks, limits.blocks_per_sm if roomy else 1),
        *least("in-flight", m.in_flight, limits.in_flight),
        *least("widest-load", m.widest_load, 128 if limits.wide else None),
        *least("mma-ldsm", m.mma_per_ldsm, limits.mma_per_ldsm),
        *least("tensor", counts[limits.tensor], 1 if limits.tensor else None),
        *most("instructions", m.code.instructions, limits.instructions),
    ]
    return [Finding(m.kernel, gate, m.arch, *rest) for gate, *rest in misses]


def growth(kernel, measurements, limits):
    """Instructions on the worst architecture against the best: catches an emulated conversion or tensor operation."""
    sizes = [m.code.instructions for m in measurements]
    return [Finding(kernel, gate, 0, *rest) for gate, *rest in most("growth", round(max(sizes) / min(sizes), 2), limits.growth)]


def emulated(kernel, summary, limits):
    """Findings of what the emulator saw; summary None: it never ran the kernel."""
    if summary is None:
        return [Finding(kernel, "executed", 0, 0, 1, True)]
    misses = [
        *least("cases", int("moved_most" in summary), 1),
        *most("compulsory", summary.get("moved_most"), limits.compulsory),
        *least("floor", summary.get("moved_least"), FLOOR),
        *least("wide", summary["wide"], limits.wide),
        *least("loads", summary["loads"], limits.loads),
        *least("stores", summary["stores"], limits.stores),
        *most("conflicts", summary["conflicts"], limits.conflicts),
        *most("ldmatrix", summary["ldmatrix"], limits.ldmatrix),
        *most("requested", summary["requested"], limits.requested),
    ]
    return [Finding(kernel, gate, 0, *rest) for gate, *rest in misses]
