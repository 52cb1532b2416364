"""Checks the encoding that sass.py assumes against kernels of known instructions (probe.cu)."""
import pathlib
import subprocess
import tempfile

import cubin
import sass

HERE = pathlib.Path(__file__).resolve().parent
PREFIX = "probe_"


def expected(kernel):
    """[(operation, width or None)] that a probe's name says it holds: probe_LDS_32_BAR has LDS of 32 bits and BAR."""
    parts = kernel[len(PREFIX):].split("_")
    wanted = []
    for part in parts:
        if part.isdigit():
            wanted[-1] = (wanted[-1][0], int(part))
        else:
            wanted.append((part, None))
    return wanted


def blind_spots(kernels, arch):
    """What is not seen in probe kernels, as sentences."""
    missing = []
    for name, kernel in kernels.items():
        code = sass.Sass(kernel.code, arch)
        for operation, width in expected(name):
            if operation == "BURST":
                seen = code.burst * 8 == width
            else:
                seen = code.accesses[operation, width] if width else code.counts[operation]
            if not seen:
                missing.append(f"sm_{arch}: no {operation}{'.' + str(width) if width else ''} seen in {name}: {dict(code.counts)}")
    return missing


def check(nvcc, arch):
    """Compiles the probes and returns blind spots."""
    with tempfile.TemporaryDirectory() as folder:
        image = pathlib.Path(folder) / "probe.cubin"
        subprocess.run([nvcc, "-std=c++17", "-O3", f"-I{HERE.parent}/include", "-cubin", f"-arch=sm_{arch}", HERE / "probe.cu",
                        "-o", image], check=True)
        kernels = cubin.read(image.read_bytes())
    if not kernels:
        return [f"sm_{arch}: no probes"]
    return blind_spots(kernels, arch)
