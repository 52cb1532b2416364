"""Counts instructions in machine code. An instruction is 16 bytes; the low 9 bits of its first half are the operation (the
next 3 the form of its operands), bits 9 to 11 of the second half the width of an access to memory. The encoding is not
documented; probes.py checks, for every architecture and compiler, all that is used here."""
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
    burst: the most bytes that a thread loads from global memory between two barriers or branches."""

    def __init__(self, code, arch):
        self.counts, self.accesses = collections.Counter(), collections.Counter()
        self.instructions = self.burst = 0
        run = 0
        for low, high in code:
            operation = operation_of(low)
            if operation == "NOP" or is_placeholder(low):
                continue
            self.instructions += 1
            self.counts[operation] += 1
            width = width_of(operation, high, arch)
            if width:
                self.accesses[operation, width] += 1
            if operation in ("LDG", "LDGSTS"):
                run += width // 8
                self.burst = max(self.burst, run)
            elif operation in ("BAR", "BRA", "EXIT"):
                run = 0

    def bytes(self, operations, least_width=0):
        """Bytes per thread that these operations would move if each ran once."""
        return sum(n * width // 8 for (op, width), n in self.accesses.items() if op in operations and width >= least_width)

    def narrow(self, operations):
        """Instructions of less than 128 bits."""
        return sum(n for (op, width), n in self.accesses.items() if op in operations and width < 128)


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
