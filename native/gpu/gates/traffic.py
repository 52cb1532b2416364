"""What the emulator saw kernels do: the test programs append one JSON object per run to $LLMSERVING_TRAFFIC_FILE."""
import json

SUMS = ("load_bytes", "load_sectors", "store_bytes", "store_sectors")


def summarize(lines):
    """{kernel: summary}. A kernel is judged by its run with the most traffic, since the tests' smallest shapes fill no
    sector; shared memory and threads are the most of any run."""
    kernels = {}
    for line in lines:
        run = json.loads(line)
        name = run["kernel"]
        best = kernels.setdefault(name, {"runs": 0, "smem": 0, "threads": 0, "moved": -1, "ldmatrix": 1.0})
        best["runs"] += 1
        best["smem"] = max(best["smem"], run["smem"])
        best["threads"] = max(best["threads"], run["threads"])
        best["ldmatrix"] = max(best["ldmatrix"], ratio(run["ldmatrix_wavefronts"], run["ldmatrix_ideal"]))
        moved = run["load_bytes"] + run["store_bytes"]
        if moved > best["moved"]:
            best["moved"] = moved
            best.update(figures(run))
    return kernels


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
