"""Blocks per SM, by occupancy.cpp, which is compiled once into the build directory."""
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent


def program(toolkit, build_dir):
    source, binary = HERE / "occupancy.cpp", build_dir / "occupancy"
    if not binary.exists() or binary.stat().st_mtime < source.stat().st_mtime:
        build_dir.mkdir(parents=True, exist_ok=True)
        subprocess.run(["c++", "-std=c++17", "-O1", "-isystem", toolkit / "include", source, "-o", binary], check=True)
    return binary


def blocks_per_sm(binary, queries):
    """queries: [(Device, registers, static shared, dynamic shared, threads)]; returns as many numbers."""
    lines = [f"{d.major} {d.minor} {d.threads} {d.shared} {d.shared_block} {d.sms} {registers} {static} {dynamic} {threads}"
             for d, registers, static, dynamic, threads in queries]
    run = subprocess.run([binary], input="\n".join(lines) + "\n", check=True, capture_output=True, text=True)
    return [int(line) for line in run.stdout.split()]
