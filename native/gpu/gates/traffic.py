"""What the emulator saw kernels do: the test programs append one JSON object per run to $LLMSERVING_TRAFFIC_FILE."""
import json

ENOUGH = 1 / 8  # of the most bytes that any run of a kernel moves, for a run to stand for it


def summarize(lines):
    """{kernel: summary}. The tests' shapes are ragged and small on purpose, as no model's are: among the runs that move
    enough bytes, the one with the best use of sectors stands for the kernel. Shared memory and threads are the most of any
    run, ldmatrix the worst."""
    runs = {}
    for line in lines:
        run = json.loads(line)
        runs.setdefault(run["kernel"], []).append(run)
    return {kernel: summary_of(group) for kernel, group in runs.items()}


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
