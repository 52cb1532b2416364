"""Puts a package of check-on-gpu together, unpacks it elsewhere, and starts it where no GPU is to be seen. usage:
package_test.py FOLDER_OF_PROGRAMS"""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

GPU = pathlib.Path(__file__).resolve().parents[1]
PROGRAMS = pathlib.Path(sys.argv.pop(1)).resolve()
NO_GPU = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "HIP_VISIBLE_DEVICES": "-1"}


class PackageTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.place = pathlib.Path(folder.name)
        self.build = self.place / "build"
        (self.build / "gpu").mkdir(parents=True)
        (self.build / "gpu/check").symlink_to(PROGRAMS)
        (self.build / "vectors").mkdir()
        (self.build / "vectors/some_test.vec").write_bytes(b"LLMVEC01")
        self.images = [self.place / "cuda.image", self.place / "hip.image"]
        for image in self.images:
            image.write_bytes(b"LLMIMAGE" + bytes(8))

    def assemble(self):
        return subprocess.run([GPU / "assemble-check", self.build, self.place / "made/check-on-gpu", *self.images],
                              capture_output=True, text=True)

    def unpacked(self):
        """The package's folder, on the other side of an archive."""
        done = self.assemble()
        self.assertEqual(0, done.returncode, done.stderr)
        archive, elsewhere = self.place / "check.tgz", pathlib.Path(tempfile.mkdtemp(prefix="else where ", dir=self.place))
        subprocess.run(["tar", "-C", self.place / "made", "-czf", archive, "check-on-gpu"], check=True)
        subprocess.run(["tar", "-C", elsewhere, "-xzf", archive], check=True)
        return elsewhere / "check-on-gpu"

    def start(self, package):
        return subprocess.run([package / "check-on-gpu", self.place / "report"], capture_output=True, text=True, env=NO_GPU)

    def test_the_package_holds_all_programs_vectors_and_kernels(self):
        package = self.unpacked()
        programs = {f"programs/gpu_check_{program}_{kind}" for program in ("devices", "replay", "times") for kind in ("cuda", "hip")}
        self.assertEqual({"check-on-gpu", "peaks.txt", "vectors/some_test.vec", "kernels/cuda.image", "kernels/hip.image", *programs},
                         {str(path.relative_to(package)) for path in package.rglob("*") if path.is_file()})

    def test_without_a_gpu_it_says_what_it_looked_for(self):
        run = self.start(self.unpacked())
        report = (self.place / "report/report.md").read_text()
        self.assertEqual(1, run.returncode, run.stderr)
        for text in (run.stderr, report):
            self.assertIn("No GPU can be used here. Looked for:", text)
            self.assertRegex(text, r"(?m)^- cuda: .{10,}\. .{10,}")
            self.assertRegex(text, r"(?m)^- hip: .{10,}\. .{10,}")

    def test_kernels_that_it_does_not_hold_are_named(self):
        self.images.pop()
        self.assertIn("- hip: the package holds no kernels for it", self.start(self.unpacked()).stderr)

    def test_what_is_missing_is_named(self):
        package = self.unpacked()
        for part, name in (("vectors/some_test.vec", "vectors/*.vec"), ("peaks.txt", "peaks.txt"),
                           ("programs/gpu_check_times_cuda", "programs/gpu_check_times_cuda")):
            with self.subTest(part):
                contents = (package / part).read_bytes()
                (package / part).unlink()
                run = self.start(package)
                self.assertEqual(2, run.returncode, run.stderr)
                self.assertIn(f"{package / name} is missing: unpack the package again", run.stderr)
                (package / part).write_bytes(contents)
                (package / part).chmod(0o755)

    def test_a_program_that_was_not_built_is_named(self):
        (self.build / "gpu/check").unlink()
        (self.build / "gpu/check").mkdir()
        done = self.assemble()
        self.assertNotEqual(0, done.returncode)
        self.assertIn("gpu_check_devices_cuda", done.stderr)

    def test_paths_of_this_machine_are_refused(self):
        (self.build / "vectors/some_test.vec").write_text(f"LLMVEC01 {GPU}/kernels/norm.cu")
        done = self.assemble()
        self.assertEqual(1, done.returncode)
        self.assertIn("some_test.vec", done.stdout)


if __name__ == "__main__":
    unittest.main()
