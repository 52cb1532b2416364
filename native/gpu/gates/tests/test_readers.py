import unittest

from fixtures import LOG, elf, instruction

import cubin
import probes
import ptxas
import sass
import struct


class PtxasTest(unittest.TestCase):
    def test_reads_registers_shared_memory_and_spills(self):
        reports = ptxas.parse(LOG)
        self.assertEqual(ptxas.Report(32, 0, 0, 0, 512), reports["good"])
        self.assertEqual(ptxas.Report(64, 40, 16, 24, 0), reports["spilling"])


class CubinTest(unittest.TestCase):
    def test_reads_code_and_launch_bound(self):
        code = struct.pack("<QQ", *instruction("LDG", 128)) + struct.pack("<QQ", *instruction("EXIT"))
        info = struct.pack("<BBH", 3, 0x50, 0) + struct.pack("<BBHIII", 4, cubin.MAX_THREADS, 12, 64, 2, 1)
        kernels = cubin.read(elf({".text.k": code, ".nv.info.k": info, ".nv.info": b"other"}))
        self.assertEqual(["k"], list(kernels))
        self.assertEqual(128, kernels["k"].threads)
        self.assertEqual([instruction("LDG", 128), instruction("EXIT")], kernels["k"].code)

    def test_refuses_other_files(self):
        with self.assertRaises(ValueError):
            cubin.read(b"//\n.version 8.0")


class SassTest(unittest.TestCase):
    def test_counts_operations_and_widths(self):
        code = [instruction("LDG", 128), instruction("LDG", 32), instruction("BAR"), instruction("LDG", 64),
                instruction("STG", 128), instruction("NOP"), instruction("EXIT")]
        read = sass.Sass(code, 90)
        self.assertEqual(6, read.instructions)
        self.assertEqual(3, read.counts["LDG"])
        self.assertEqual(28, read.bytes("LDG"))
        self.assertEqual(1, read.accesses["STG", 128])

    def test_loads_are_under_way_until_something_waits_for_them(self):
        wide = [instruction("LDG", 128, scoreboard=0), instruction("LDG", 128, scoreboard=1)]
        self.assertEqual(32, sass.Sass(wide + [instruction("FFMA", waits=3)] + wide, 90).burst)
        self.assertEqual(48, sass.Sass(wide + [instruction("FFMA", waits=1)] + wide, 90).burst)
        self.assertEqual(32, sass.Sass(wide + [instruction("LDG", 32, scoreboard=2)], 90).burst)
        self.assertEqual(4, sass.Sass([instruction("LDG", 32, scoreboard=2)], 90).burst)

    def test_ignores_loads_into_the_zero_register(self):
        low, high = instruction("LDS", 32)
        self.assertEqual(0, sass.Sass([(low | 0xff << 16, high)], 90).counts["LDS"])


class ProbesTest(unittest.TestCase):
    def test_reads_what_a_name_promises(self):
        self.assertEqual([("LDS", 32), ("STS", 64), ("BAR", None)], probes.expected("probe_LDS_32_STS_64_BAR"))

    def test_another_encoding_is_noticed(self):
        seen = {"probe_LDG_128": cubin.Kernel([instruction("LDG", 128)], 32)}
        self.assertEqual([], probes.blind_spots(seen, 90))
        other = {"probe_LDG_128": cubin.Kernel([instruction("LDG", 64)], 32)}
        self.assertEqual(1, len(probes.blind_spots(other, 90)))
