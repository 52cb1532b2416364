import importlib.machinery
import importlib.util
import os
import pathlib
import struct
import tempfile
import unittest

BUILD = pathlib.Path(__file__).resolve().parents[2] / "build-cuda"

# Stands in for nvcc: copies the source to the output and names the source and one header as what it read.
COMPILER = """#!/usr/bin/env python3
import pathlib, sys
args = sys.argv[1:]
source, output, rule = args[-3], args[-1], args[args.index("-MF") + 1]
pathlib.Path(output).write_text(pathlib.Path(source).read_text())
header = pathlib.Path(source).with_name("common.h")
pathlib.Path(rule).write_text(f"{output} : {source} \\\\\\n    {header}\\n")
print("ptxas info")
if "broken" in pathlib.Path(source).read_text():
    sys.exit(1)
"""


def load_build():
    loader = importlib.machinery.SourceFileLoader("build_cuda", str(BUILD))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("build_cuda", loader))
    loader.exec_module(module)
    return module


class BuildTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name).resolve()
        self.build = load_build()
        self.nvcc = self.root / "toolkit/bin/nvcc"
        self.nvcc.parent.mkdir(parents=True)
        self.nvcc.write_text(COMPILER)
        self.nvcc.chmod(0o755)
        (self.root / "common.h").write_text("header")
        for name in ("one", "two"):
            (self.root / f"{name}.cu").write_text(name)

        self.age()

    def age(self):
        """Files of these tests are older than any compilation."""
        for path in self.root.glob("*.*"):
            os.utime(path, (1, 1))

    def units(self, version="13"):
        return [self.build.Unit(self.nvcc, version, self.root / f"{name}.cu", "sm_90", self.root / "out") for name in ("one", "two")]

    def stale(self, version="13"):
        return [unit.source.stem for unit in self.units(version) if not unit.is_current()]

    def compile_all(self):
        return [unit.compile() for unit in self.units()]

    def test_only_what_changed_is_compiled_again(self):
        self.assertEqual(["one", "two"], self.stale())
        self.assertEqual([None, None], self.compile_all())
        self.assertEqual([], self.stale())
        (self.root / "two.cu").write_text("changed")
        self.assertEqual(["two"], self.stale())

    def test_a_header_a_new_compiler_and_a_lost_output_count(self):
        self.compile_all()
        self.assertEqual(["one", "two"], self.stale("14"))
        (self.root / "out/one/sm_90.cubin").unlink()
        self.assertEqual(["one"], self.stale())
        (self.root / "common.h").write_text("changed")
        self.assertEqual(["one", "two"], self.stale())

    def test_a_source_that_is_edited_meanwhile_is_compiled_again(self):
        os.utime(self.root / "one.cu", (1e10, 1e10))
        self.compile_all()
        self.assertEqual(["one"], self.stale())

    def test_a_failure_is_reported_and_not_remembered(self):
        (self.root / "one.cu").write_text("broken")
        self.assertIn("one.cu for sm_90", self.compile_all()[0])
        self.assertEqual(["one"], self.stale())

    def test_the_archive_can_be_walked(self):
        content = self.build.archive([("first", b"abc"), ("second", b"defg")])
        magic, version, count = struct.unpack_from("<8sII", content)
        self.assertEqual((b"LLMIMAGE", 1, 2), (magic, version, count))
        found = {}
        for i in range(count):
            name, offset, size = struct.unpack_from("<48sQQ", content, 16 + 64 * i)
            self.assertEqual(0, offset % 64)
            found[name.rstrip(b"\0")] = content[offset:offset + size]
        self.assertEqual({b"first": b"abc", b"second": b"defg"}, found)

    def test_architectures(self):
        self.assertEqual(["sm_80", "sm_90"], self.build.parse_architectures("ci"))
        self.assertEqual(["sm_86", "sm_120"], self.build.parse_architectures("sm_120,sm_86"))
        with self.assertRaises(SystemExit):
            self.build.parse_architectures("sm_75")


if __name__ == "__main__":
    unittest.main()
