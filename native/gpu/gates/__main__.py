"""Gates on the compiled kernels and on what the emulator saw of them.

  gates check BUILD_DIR [ARCHITECTURES]     what build-cuda left in BUILD_DIR, against thresholds and the committed table
  gates write BUILD_DIR [TRAFFIC_FILE] [--accept]   writes the table in docs/gpu-kernels.md, for all architectures; --accept:
                                            even where a modelled time rises by more than 3 %
  gates amd RESOURCES                       what build-hip left in resources.jsonl
  gates traffic TRAFFIC_FILE                what the emulator's tests recorded, against thresholds

Every kernel is held to the thresholds of its class (rules.py, classes.py); allowed.txt has the exceptions.
"""
import json
import os
import pathlib
import shutil
import sys

import allowed
import amd
import arch as architectures
import checks
import measure
import model
import occupancy
import probes
import rules
import table
import traffic

REPOSITORY = measure.GPU.parents[1]
REGRESSION = 1.03


def toolkit():
    for nvcc in (os.environ.get("LLM_SERVING_NVCC"), REPOSITORY / "target/nvcc/nvidia/cu13/bin/nvcc", shutil.which("nvcc")):
        if nvcc and os.access(nvcc, os.X_OK):
            return pathlib.Path(nvcc).resolve().parents[1]
    sys.exit("nvcc is missing: native/gpu/fetch-nvcc fetches it, without root")


def measured(build_dir, archs, seen):
    home = toolkit()
    blind = [line for arch in archs for line in probes.check(home / "bin/nvcc", arch)]
    if blind:
        sys.exit("The gates do not know this compiler's machine code:\n" + "\n".join(blind))
    dynamic = {kernel: summary["smem"] for kernel, summary in seen.items()}
    return measure.gather(build_dir, archs, dynamic, occupancy.program(home, build_dir))


def document_of(measurements, seen):
    """The table's contents, and kernels that no rule knows."""
    document, unknown = {"sources": measure.sources_hash(), "kernels": {}}, set()
    for m in measurements:
        known = rules.rule_for(m.kernel)
        if not known:
            unknown.add(m.kernel)
            continue
        summary = seen.get(m.kernel)
        coalescing = min(summary["loads"], 1.0) if summary else 1.0
        estimate = model.modelled(m, known.work, architectures.DEVICES[m.arch], coalescing)
        entry = document["kernels"].setdefault(m.kernel, {"class": known.kind, "emulated": summary, "archs": {}})
        entry["archs"][f"sm_{m.arch}"] = table.record(m, known.work, estimate)
    return document, sorted(unknown)


def static_findings(measurements):
    findings, by_kernel = [], {}
    for m in measurements:
        known = rules.rule_for(m.kernel)
        if known:
            findings += checks.static(m, known.limits)
            by_kernel.setdefault(m.kernel, []).append(m)
    for kernel, group in by_kernel.items():
        findings += checks.growth(kernel, group, rules.rule_for(kernel).limits)
    return findings


def regressions(committed, fresh):
    """Modelled times that are more than 3 % above the committed ones."""
    for kernel, entry in fresh["kernels"].items():
        for arch, now in entry["archs"].items():
            then = committed["kernels"].get(kernel, {}).get("archs", {}).get(arch)
            if then and now["modelled_us"] > REGRESSION * then["modelled_us"]:
                yield f"{kernel} on {arch}: modelled time rises from {then['modelled_us']} to {now['modelled_us']} µs"


def stale(committed, fresh, page_shows_it):
    if committed["sources"] != fresh["sources"]:
        yield "docs/gpu-kernels.md is stale: kernel sources have changed; run native/gpu/gates write"
    elif not page_shows_it:
        yield "docs/gpu-kernels.md and docs/gpu-kernels.json differ; run native/gpu/gates write"
    else:
        for kernel, entry in fresh["kernels"].items():
            for arch, now in entry["archs"].items():
                if committed["kernels"].get(kernel, {}).get("archs", {}).get(arch) != now:
                    yield f"docs/gpu-kernels.json is stale for {kernel} on {arch}; run native/gpu/gates write"


def report(problems, unused, summary):
    lines = [str(problem) for problem in problems]
    lines += [f"allowed.txt:{a.line}: no longer needed: {a.pattern} | {a.gate} | {a.arch}" for a in unused]
    if lines:
        sys.exit("\n".join(lines) + f"\n{len(lines)} findings; {summary}")
    print(f"All gates hold: {summary}")


def command_check(build_dir, names="ci"):
    names = {"ci": "80,90", "all": ",".join(map(str, architectures.DEVICES))}.get(names, names)
    archs = [int(name.removeprefix("sm_")) for name in names.split(",")]
    committed = table.load()
    seen = {kernel: entry["emulated"] for kernel, entry in committed["kernels"].items() if entry.get("emulated")}
    measurements = measured(pathlib.Path(build_dir), archs, seen)
    fresh, unknown = document_of(measurements, seen)
    findings, unused = allowed.judge(static_findings(measurements), allowed.load(), checks.STATIC,
                                     [f"sm_{arch}" for arch in archs], len(archs) == len(architectures.DEVICES))
    problems = [f"{kernel}: no rule in rules.py matches this name" for kernel in unknown]
    problems += findings
    problems += stale(committed, fresh, table.is_shown(committed))
    problems += regressions(committed, fresh)
    report(problems, unused, f"{len(fresh['kernels'])} kernels on {' '.join(f'sm_{a}' for a in archs)}")


def command_write(build_dir, *options):
    traffic_files = [option for option in options if option != "--accept"]
    committed = table.load()
    seen = {kernel: entry["emulated"] for kernel, entry in committed["kernels"].items() if entry.get("emulated")}
    for traffic_file in traffic_files:
        seen = traffic.read(traffic_file)
    document, unknown = document_of(measured(pathlib.Path(build_dir), list(architectures.DEVICES), seen), seen)
    slower = list(regressions(committed, document))
    if unknown or slower and "--accept" not in options:
        sys.exit("\n".join([*(f"{kernel}: no rule in rules.py matches this name" for kernel in unknown), *slower, "Not written."]))
    table.write(document)
    print(f"{len(document['kernels'])} kernels written to docs/gpu-kernels.md and .json")


def command_traffic(traffic_file):
    seen = traffic.read(traffic_file)
    committed = table.load()["kernels"]
    findings = []
    for kernel in sorted(committed.keys() | seen.keys()):
        known = rules.rule_for(kernel)
        if known and kernel in committed:
            findings += checks.emulated(kernel, seen.get(kernel), known.limits)
    problems, unused = allowed.judge(findings, allowed.load(), checks.EMULATED, [], True)
    problems += [f"{kernel}: {seen[kernel]['smem']} bytes of shared memory, more than the committed table knows; run gates write"
                 for kernel, entry in committed.items()
                 if kernel in seen and seen[kernel]["smem"] > ((entry["emulated"] or {}).get("smem", 0))]
    report(problems, unused, f"{len(seen)} kernels executed by the emulator")


def command_amd(resources):
    with open(resources, encoding="utf-8") as file:
        lines = file.readlines()
    seen = {json.loads(line)["arch"] for line in lines}
    problems, unused = allowed.judge(list(amd.findings(lines)), allowed.load(), amd.STATIC, seen, False)
    report(problems, unused, f"{len(lines)} kernels of {' '.join(sorted(seen))}")


COMMANDS = {"amd": command_amd, "check": command_check, "write": command_write, "traffic": command_traffic}

if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in COMMANDS or sys.argv[2].startswith("-"):
        sys.exit(__doc__)
    COMMANDS[sys.argv[1]](*sys.argv[2:])
