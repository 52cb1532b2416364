"""The gate on AMD GPUs: what the compiler reports of each kernel's registers, scratch memory and waves (build-hip's
resources.jsonl)."""
import json

import checks

STATIC = {"amd-spill", "amd-scratch", "amd-waves"}
LEAST_WAVES = {"gfx90a": 4, "gfx942": 4}  # per SIMD unit


def findings(lines):
    for line in lines:
        kernel = json.loads(line)
        arch = kernel["arch"]
        misses = [
            *checks.most("amd-spill", kernel.get("vgpr_spill", 0) + kernel.get("sgpr_spill", 0), 0),
            *checks.most("amd-scratch", kernel.get("scratch", 0), 0),
            *checks.least("amd-waves", kernel.get("waves"), LEAST_WAVES.get(arch)),
        ]
        yield from (checks.Finding(kernel["kernel"], gate, arch, *rest) for gate, *rest in misses)
