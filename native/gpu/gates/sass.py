"""Counts instructions in machine code. An instruction is 16 bytes; the low 9 bits of its first half are the operation (the
next 3 the form of its operands), bits 9 to 11 of the second half the width of an access to memory, bits 46 to 48 the scoreboard that a load
clears, bits 52 to 57 the scoreboards that an instruction waits for. The encoding is not documented; probes.py checks, for every architecture and compiler, all that is used here."""
import collections

OPERATIONS = {
    0x181: "LDG", 0x186: "STG", 0x184: "LDS", 0x188: "STS", 0x183: "LDL", 0x187: "STL", 0x1ae: "LDGSTS", 0x03b: "LDSM",
    0x180: "LD", 0x185: "ST", 0x03c: "HMMA", 0x037: "IMMA", 0x07a: "QMMA", 0x11d: "BAR", 0x189: "SHFL", 0x108: "MUFU",
    0x023: "FFMA", 0x031: "HFMA2", 0x035: "HFMA2", 0x02b: "DFMA", 0x029: "DADD", 0x028: "DMUL", 0x1a9: "ATOMG", 0x1a8: "ATOMG", 0x18e: "RED",
    0x118: "NOP", 0x147: "BRA", 0x14d: "EXIT",
}
WIDTHS = {0: 8, 1: 8, 2: 16, 3: 16, 4: 32, 5: 64, 6: 128}
DOUBLES = ("DFMA", "DADD", "DMUL")


class Sass:
    """What a kernel's code holds: counts by operation, accesses by (operation, width in bits), and instructions in all.
    burst: the most bytes per thread that loads from global memory have under way, in the order of the code."""

    def __init__(self, code, arch):
        self.counts, self.accesses = collections.Counter(), collections.Counter()
        self.instructions = 0
        loads = []  # (bytes, scoreboard) of loads, (0, mask of scoreboards) of instructions that wait for some
        for low, high in code:
            operation = operation_of(low)
            if operation == "NOP" or is_placeholder(low):
                continue
            self.instructions += 1
            self.counts[operation] += 1
            width = width_of(operation, high, arch)
            if width:
                self.accesses[operation, width] += 1
            waits = (high >> 52) & 0x3f
            if waits:
                loads.append((0, waits))
            if operation == "LDG":
                loads.append((width // 8, (high >> 46) & 7))
        self.burst = burst_of(loads)

    def bytes(self, operation):
        """Bytes per thread that these instructions would move if each ran once."""
        return sum(n * width // 8 for (op, width), n in self.accesses.items() if op == operation)


def operation_of(low):
    return OPERATIONS.get(low & 0x1ff, "other")


def width_of(operation, high, arch):
    if operation not in ("LDG", "STG", "LDS", "STS", "LDGSTS"):
        return 0
    shift = 10 if operation == "LDGSTS" and arch >= 100 else 9
    return WIDTHS.get((high >> shift) & 7, 0)


def is_placeholder(low):
    """From sm_90 on, loads of shared memory into the zero register precede asynchronous copies; they bring nothing."""
    return low & 0x1ff == 0x184 and (low >> 16) & 0xff == 0xff


def burst_of(loads):
    """Each load names the scoreboard that it clears when it has landed; instructions name those that they wait for. Where
    a kernel has 16-byte loads the narrower ones, of its ragged ends, do not count."""
    least = 16 if any(size == 16 for size, _ in loads) else 1
    pending, most = collections.Counter(), 0
    for size, scoreboard in loads:
        if size == 0:
            for number in range(6):
                if scoreboard >> number & 1:
                    pending[number] = 0
        elif size >= least:
            pending[scoreboard] += size
            most = max(most, sum(pending.values()))
    return most
