import json
import unittest

from fixtures import case, instruction, measurement, run

import allowed
import amd
import checks
import classes
import model
import traffic
from arch import DEVICES

ROW = classes.CLASSES["row"]
WIDE = [instruction("LDG", 128)] * 4 + [instruction("STG", 128), instruction("EXIT")]


def gates(findings):
    return sorted({finding.gate for finding in findings})


class StaticTest(unittest.TestCase):
    def test_a_sound_kernel_passes(self):
        self.assertEqual([], checks.static(measurement(code=WIDE, registers=32), ROW))

    def test_a_spilling_kernel_is_caught(self):
        m = measurement(code=WIDE + [instruction("STL"), instruction("LDL")], registers=32, stack=8, spill_stores=8)
        self.assertEqual(["local", "spill", "stack"], gates(checks.static(m, ROW)))

    def test_dynamic_indexing_without_a_spill_is_caught(self):
        self.assertEqual(["stack"], gates(checks.static(measurement(code=WIDE, registers=32, stack=256), ROW)))

    def test_double_precision_is_caught(self):
        m = measurement(code=WIDE + [instruction("DFMA")], registers=32)
        self.assertEqual(["double"], gates(checks.static(m, ROW)))

    def test_registers_and_occupancy(self):
        m = measurement(code=WIDE, registers=64, blocks=2)
        self.assertEqual(["registers", "threads"], gates(checks.static(m, ROW)))

    def test_shared_memory_is_held_to_what_the_architecture_has(self):
        at = {arch: gates(checks.static(measurement(arch=arch, code=WIDE, registers=32, dynamic=100 << 10), ROW))
              for arch in (86, 90)}
        self.assertEqual({86: ["shared"], 90: []}, at)

    def test_narrow_loads_are_caught(self):
        narrow = [instruction("LDG", 64)] * 8 + [instruction("STG", 128)]
        self.assertEqual(["widest-load"], gates(checks.static(measurement(code=narrow, registers=32), ROW)))

    def test_tensor_operations(self):
        limits = classes.CLASSES["gemm"]
        starved = WIDE + [instruction("LDSM")] * 2 + [instruction("HMMA")] * 6
        fed = starved + [instruction("HMMA")] * 2
        self.assertEqual(["mma-ldsm"], gates(checks.static(measurement(code=starved), limits)))
        self.assertEqual([], checks.static(measurement(code=fed), limits))
        self.assertEqual(["tensor"], gates(checks.static(measurement(code=WIDE), limits)))

    def test_code_that_one_architecture_emulates_is_caught(self):
        group = [measurement(arch=80, code=WIDE * 4), measurement(arch=90, code=WIDE)]
        self.assertEqual(["growth"], gates(checks.growth("k", group, ROW)))


class TrafficTest(unittest.TestCase):
    def summary(self, *runs, cases=None):
        return traffic.summarize(json.dumps(r) for r in (*runs, *([case()] if cases is None else cases)))["k"]

    def test_a_sound_run_passes(self):
        self.assertEqual([], checks.emulated("k", self.summary(run()), ROW))

    def test_uncoalesced_loads_are_caught(self):
        self.assertEqual(["loads"], gates(checks.emulated("k", self.summary(run(load_sectors=1024)), ROW)))

    def test_narrow_loads_are_caught(self):
        self.assertEqual(["wide"], gates(checks.emulated("k", self.summary(run(wide_load_bytes=2048)), ROW)))

    def test_bank_conflicts_are_caught(self):
        bad = self.summary(run(shared_wavefronts=16, ldmatrix_wavefronts=9, ldmatrix_ideal=8))
        self.assertEqual(["conflicts", "ldmatrix"], gates(checks.emulated("k", bad, ROW)))

    def test_loading_twice_is_caught(self):
        self.assertEqual(["requested"], gates(checks.emulated("k", self.summary(run(unique_load_bytes=2048)), ROW)))

    def test_a_run_that_moves_enough_and_uses_sectors_best_is_judged(self):
        tail = run(load_bytes=4, load_sectors=1, wide_load_bytes=0, store_bytes=4, store_sectors=1, smem=4096)
        ragged = run(load_bytes=8192, load_sectors=2048, wide_load_bytes=0)
        summary = self.summary(tail, ragged, run(), tail)
        self.assertEqual([], checks.emulated("k", summary, ROW))
        self.assertEqual((4, 4096), (summary["runs"], summary["smem"]))
        self.assertEqual(["loads", "requested", "wide"], gates(checks.emulated("k", self.summary(tail, ragged), ROW)))

    def test_bytes_moved_beyond_the_least_are_caught_in_the_worst_case(self):
        twice = case(unique_load_bytes=4096 + 150)
        self.assertEqual(["compulsory"], gates(checks.emulated("k", self.summary(run(), cases=[case(), twice]), ROW)))
        self.assertEqual([], checks.emulated("k", self.summary(run(), cases=[case(unique_load_bytes=4096 + 100)]), ROW))

    def test_a_formula_that_asks_for_more_than_is_moved_is_caught(self):
        self.assertEqual(["floor"], gates(checks.emulated("k", self.summary(run(), cases=[case(least_bytes=6300)]), ROW)))

    def test_a_kernel_without_a_case_is_caught(self):
        self.assertEqual(["cases"], gates(checks.emulated("k", self.summary(run(), cases=[]), ROW)))

    def test_more_moved_than_the_least_can_be_allowed_by_name_and_reason(self):
        findings = checks.emulated("k", self.summary(run(), cases=[case(unique_load_bytes=6144)]), ROW)
        allowance = allowed.parse("k | compulsory | * | 1.5 | a row's neighbour shares its loads")
        self.assertEqual(([], []), allowed.judge(findings, allowance, checks.EMULATED, [], True))

    def test_a_case_is_no_run(self):
        self.assertEqual({}, traffic.summarize([json.dumps(case())]))

    def test_a_kernel_that_was_never_run_is_caught(self):
        self.assertEqual(["executed"], gates(checks.emulated("k", None, ROW)))


class AmdTest(unittest.TestCase):
    def test_scratch_spills_and_few_waves_are_caught(self):
        good = {"kernel": "k", "arch": "gfx90a", "vgpr_spill": 0, "sgpr_spill": 0, "scratch": 0, "waves": 4}
        bad = {**good, "vgpr_spill": 3, "scratch": 16, "waves": 2}
        self.assertEqual([], list(amd.findings([json.dumps(good)])))
        self.assertEqual(["amd-scratch", "amd-spill", "amd-waves"], gates(amd.findings([json.dumps(bad)])))


class AllowanceTest(unittest.TestCase):
    finding = checks.Finding("norm_bf16", "registers", 90, 48, 40)

    def judge(self, text, gates=checks.STATIC):
        return allowed.judge([self.finding], allowed.parse(text), gates, ["sm_80", "sm_90"], False)

    def test_covers_a_named_kernel_up_to_its_bound(self):
        self.assertEqual(([], []), self.judge("norm_* | registers | sm_90 | 48 | holds a row"))
        self.assertEqual([self.finding], self.judge("norm_* | registers | sm_90 | 47 | holds a row")[0])
        self.assertEqual([self.finding], self.judge("norm_f16 | registers | sm_90 | 48 | holds a row")[0])

    def test_one_that_is_not_needed_is_reported(self):
        self.assertEqual(1, len(self.judge("norm_* | spill | sm_90 | 48 | none")[1]))

    def test_one_for_what_was_not_looked_at_is_left_alone(self):
        self.assertEqual([], self.judge("norm_* | spill | sm_120 | 48 | none")[1])
        self.assertEqual([], self.judge("norm_* | loads | sm_90 | 48 | none")[1])

    def test_a_reason_is_needed(self):
        with self.assertRaises(ValueError):
            allowed.parse("norm_* | spill | sm_90 | 48 |")


class ModelTest(unittest.TestCase):
    work = model.Work("a shape", 1e9)

    def estimate(self, **changes):
        return model.modelled(measurement(code=WIDE, registers=32, **changes), self.work, DEVICES[90])

    def test_bandwidth_bounds_a_stream(self):
        full = self.estimate()
        self.assertAlmostEqual(1e9 / (0.85 * 3.35e12) * 1e6 + 2.5, full.microseconds, 3)
        self.assertLess(full.roofline, 0.85)

    def test_few_bytes_in_flight_cost_time(self):
        self.assertGreater(self.estimate(blocks=1, threads=32).microseconds, 3 * self.estimate().microseconds)

    def test_arithmetic_bounds_a_product(self):
        work = model.Work("a product", 1e6, 1e15, "tensor16")
        estimate = model.modelled(measurement(code=WIDE), work, DEVICES[90])
        self.assertAlmostEqual(0.45, estimate.roofline, 2)
