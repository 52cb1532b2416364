"""Synthetic compiler output for the tests of the gates."""
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import measure
import ptxas
import sass

LOG = """ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function 'good' for 'sm_90'
ptxas info    : Function properties for good
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 32 registers, used 1 barriers, 512 bytes smem
ptxas warning : Registers are spilled to local memory in function 'spilling', 16 bytes spill stores, 24 bytes spill loads
ptxas info    : Compiling entry function 'spilling' for 'sm_90a'
ptxas info    : Function properties for spilling
    40 bytes stack frame, 16 bytes spill stores, 24 bytes spill loads
ptxas info    : Used 64 registers, used 0 barriers, 40 bytes cumulative stack size
"""

OPCODES = {name: code for code, name in sass.OPERATIONS.items()}
WIDTH_CODES = {8: 0, 16: 2, 32: 4, 64: 5, 128: 6}


def instruction(operation, width=0, scoreboard=7, waits=0):
    return 0x200 | OPCODES[operation], WIDTH_CODES.get(width, 0) << 9 | scoreboard << 46 | waits << 52


def elf(contents):
    """A 64-bit ELF file of the given {section: bytes}."""
    names = ["", *contents, ".shstrtab"]
    strings, starts = b"", []
    for name in names:
        starts.append(len(strings))
        strings += name.encode() + b"\0"
    blobs = [b"", *contents.values(), strings]
    offset, headers, body = 64, b"", b""
    for start, blob in zip(starts, blobs):
        headers += struct.pack("<IIQQQQIIQQ", start, 1, 0, 0, offset + len(body), len(blob), 0, 0, 1, 0)
        body += blob
    head = b"\x7fELF\x02" + bytes(35) + struct.pack("<Q", 64 + len(body)) + bytes(12) + struct.pack("<HH", len(names), len(names) - 1)
    return head + body + headers


def measurement(kernel="k", arch=90, code=(), threads=256, dynamic=0, blocks=8, **report):
    return measure.Measurement(kernel, arch, ptxas.Report(**report), sass.Sass(list(code), arch), threads, dynamic, blocks)


def run(kernel="k", **changes):
    """One line of the emulator's traffic, of a launch without a flaw."""
    values = {"kernel": kernel, "smem": 1024, "threads": 128, "load_bytes": 4096, "wide_load_bytes": 4096, "load_sectors": 128, "store_bytes": 2048,
              "store_sectors": 64, "unique_load_bytes": 4096, "shared_wavefronts": 8, "shared_ideal": 8,
              "ldmatrix_wavefronts": 0, "ldmatrix_ideal": 0}
    return {**values, **changes}


def case(kernel="k", **changes):
    """One line of a case of check-on-gpu's that moves what it must."""
    return {"kernel": kernel, "shape": "2 rows", "least_bytes": 6144, "unique_load_bytes": 4096, "unique_store_bytes": 2048,
            **changes}
