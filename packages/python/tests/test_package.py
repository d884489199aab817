"""Tests of what is published: the files of the wheel and of the sdist, and the copy of the serializer."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
KIT = PACKAGE.parent / "topic-conformance" / "python" / "topic_contract"
sys.path.insert(0, str(PACKAGE / "build_backend"))

import wheel_backend  # noqa: E402


class CopyTests(unittest.TestCase):
    def test_the_conformance_suite_has_the_same_serializer(self) -> None:
        """The suite generates its vectors with it, and its npm package has to work alone."""
        contract = PACKAGE / "trading_topic" / "contract"
        ours = {path.name: path.read_bytes() for path in contract.glob("*.py")}
        theirs = {path.name: path.read_bytes() for path in KIT.glob("*.py")}
        for name in sorted({*ours, *theirs}):
            self.assertEqual(
                ours.get(name), theirs.get(name), f"{name} differs: change it in {contract}, then run npm run generate"
            )


class BuildTests(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_the_wheel_contains_the_package_and_works(self) -> None:
        wheel = self.folder / wheel_backend.build_wheel(self.folder)
        self.assertEqual(wheel.name, "trading_topic-0.1.0-py3-none-any.whl")
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
            record = archive.read("trading_topic-0.1.0.dist-info/RECORD").decode()
            for row in record.splitlines():
                name, digest, size = row.rsplit(",", 2)
                if digest:
                    data = archive.read(name)
                    expected = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
                    self.assertEqual((digest, size), (f"sha256={expected}", str(len(data))))
            points = archive.read("trading_topic-0.1.0.dist-info/entry_points.txt").decode()
        for name in ["__init__.py", "py.typed", "contract/params.py", "fastapi.py", "fastws.py", "pytest_plugin.py"]:
            self.assertIn(f"trading_topic/{name}", names)
        self.assertIn("trading_topic = trading_topic.pytest_plugin", points)
        use = "import sys; sys.path.insert(0, sys.argv[1]); import trading_topic as t; print(t.build_topic('r', [None]))"
        result = subprocess.run([sys.executable, "-I", "-c", use, str(wheel)], capture_output=True, text=True)
        self.assertEqual(result.stdout, 'r:[""]\n', result.stderr)

    def test_the_sdist_builds_the_same_wheel(self) -> None:
        name = wheel_backend.build_sdist(self.folder)
        with tarfile.open(self.folder / name) as archive:
            archive.extractall(self.folder)
        source = self.folder / name[: -len(".tar.gz")]
        build = "import sys; sys.path.insert(0, 'build_backend'); import wheel_backend as b; b.build_wheel('.')"
        subprocess.run([sys.executable, "-B", "-c", build], cwd=source, check=True)
        wheel = wheel_backend.build_wheel(self.folder)
        self.assertEqual((source / wheel).read_bytes(), (self.folder / wheel).read_bytes())


if __name__ == "__main__":
    unittest.main()
