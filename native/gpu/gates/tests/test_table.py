import importlib.util
import pathlib
import tempfile
import unittest
from unittest import mock

from fixtures import measurement

import arch
import model
import table

MAIN = pathlib.Path(table.__file__).with_name("__main__.py")


def load_main():
    spec = importlib.util.spec_from_file_location("gates_main", MAIN)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def document(sources="abc", microseconds=10.0):
    record = table.record(measurement(), model.Work("4096 rows", 1e6), model.Modelled(microseconds, 0.5))
    seen = {"runs": 3, "wide": 1.0, "loads": 1.0, "stores": 1.0, "conflicts": 1.0, "ldmatrix": 1.0, "requested": 1.0,
            "moved_least": 1.0, "moved_most": 1.004}
    return {"sources": sources, "kernels": {"k": {"class": "row", "emulated": seen, "archs": {"sm_90": record}}}}


class TableTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        docs = mock.patch.object(table, "DOCS", pathlib.Path(folder.name))
        docs.start()
        self.addCleanup(docs.stop)
        (table.DOCS / "gpu-kernels.md").write_text(f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n")
        self.main = load_main()

    def problems(self, fresh):
        committed = table.load()
        return [*self.main.stale(committed, fresh, table.is_shown(committed)), *self.main.regressions(committed, fresh)]

    def test_what_is_written_is_current(self):
        table.write(document())
        page = (table.DOCS / "gpu-kernels.md").read_text()
        self.assertTrue(page.startswith("before\n") and page.endswith("\nafter\n"))
        self.assertIn("| `k` | sm_90 |", page)
        self.assertIn("modelled", page)
        self.assertIn("| 1.00 | 1.004 |", page)
        self.assertEqual([], self.problems(document()))

    def test_a_table_of_other_sources_is_stale(self):
        table.write(document())
        self.assertIn("stale", self.problems(document(sources="def"))[0])

    def test_an_edited_page_is_caught(self):
        table.write(document())
        page = table.DOCS / "gpu-kernels.md"
        page.write_text(page.read_text().replace("| `k` | sm_90 |", "| `k` | sm_91 |"))
        self.assertIn("differ", self.problems(document())[0])

    def test_other_figures_from_the_same_sources_are_caught(self):
        table.write(document())
        self.assertIn("stale for k", self.problems(document(microseconds=10.1))[0])

    def test_a_slower_kernel_is_a_regression(self):
        table.write(document())
        self.assertEqual(0, len(list(self.main.regressions(table.load(), document(microseconds=10.2)))))
        self.assertEqual(1, len(list(self.main.regressions(table.load(), document(microseconds=10.4)))))

    def test_devices_cover_all_architectures(self):
        self.assertEqual({80, 86, 89, 90, 100, 120}, set(arch.DEVICES))
