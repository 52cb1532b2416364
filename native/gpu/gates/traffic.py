"""What the emulator saw kernels do: the test programs append one JSON object per run to $LLMSERVING_TRAFFIC_FILE. Those of
check-on-gpu's cases, which have the least bytes that they can do with, tell how many distinct ones they touched; all others
how they touched them."""
import json

ENOUGH = 1 / 8  # of the most bytes that any run of a kernel moves, for a run to stand for it


def summarize(lines):
    """{kernel: summary}. The tests' shapes are ragged and small on purpose, as no model's are: among the runs that move
    enough bytes, the one with the best use of sectors stands for the kernel. Shared memory and threads are the most of any
    run, ldmatrix the worst."""
    runs, cases = {}, {}
    for line in lines:
        run = json.loads(line)
        (cases if "least_bytes" in run else runs).setdefault(run["kernel"], []).append(run)
    return {kernel: {**summary_of(group), **compulsory(cases.get(kernel, []))} for kernel, group in runs.items()}


def compulsory(cases):
    """Distinct bytes read and written / the formula's, the least and the most of any case."""
    parts = [ratio(case["unique_load_bytes"] + case["unique_store_bytes"], case["least_bytes"]) for case in cases]
    return {"moved_least": min(parts), "moved_most": max(parts)} if parts else {}


def moved(run):
    return run["load_bytes"] + run["store_bytes"]


def summary_of(runs):
    least = ENOUGH * max(map(moved, runs))
    candidates = [figures(run) for run in runs if moved(run) >= least]
    best = max(candidates, key=lambda f: (min(f["loads"], 1) + min(f["stores"], 1) + f["wide"], -f["conflicts"]))
    # Blocks that share data load it once each, which caches hold: the run with the fewest of them shows the kernel's own.
    requested = min(f["requested"] for f in candidates)
    return {
        "runs": len(runs),
        "smem": max(run["smem"] for run in runs),
        "threads": max(run["threads"] for run in runs),
        "ldmatrix": max(ratio(run["ldmatrix_wavefronts"], run["ldmatrix_ideal"]) for run in runs),
        **best,
        "requested": requested,
    }


def ratio(value, of):
    return round(value / of, 4) if of else 1.0


def figures(run):
    return {
        "wide": ratio(run["wide_load_bytes"], run["load_bytes"]),
        "loads": ratio(run["load_bytes"], 32 * run["load_sectors"]),
        "stores": ratio(run["store_bytes"], 32 * run["store_sectors"]),
        "conflicts": ratio(run["shared_wavefronts"], run["shared_ideal"]),
        "requested": ratio(run["load_bytes"], run["unique_load_bytes"]),
    }


def read(path):
    with open(path, encoding="utf-8") as file:
        return summarize(line for line in file if line.strip())
