"""Runs the tests: ``python3 tests/run.py [--junit report.xml] [--seed N] [--values N]``."""

from __future__ import annotations

import argparse
import random
import sys
import time
import unittest
from pathlib import Path
from typing import Any, Dict, List
from xml.etree import ElementTree

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import settings  # noqa: E402

#: The tests of the suite, and in the repository also those of the Python package that need no other package.
PACKAGE = HERE.parents[2] / "python"
FOLDERS = [HERE, PACKAGE / "tests"] if (PACKAGE / "trading_topic").is_dir() else [HERE]


class TimedResult(unittest.TextTestResult):
    """Records the duration of each test, because unittest does not keep it for tests that pass."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.seconds: Dict[str, float] = {}

    def startTest(self, test: unittest.TestCase) -> None:
        self._started = time.perf_counter()
        super().startTest(test)

    def stopTest(self, test: unittest.TestCase) -> None:
        self.seconds[test.id()] = time.perf_counter() - self._started
        super().stopTest(test)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--junit", help="file for a report in JUnit XML")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32), help="seed of random values")
    parser.add_argument("--values", type=int, default=settings.values, help="number of random values to compare")
    options = parser.parse_args()
    settings.seed, settings.values = options.seed, options.values
    print(f"seed {settings.seed}", flush=True)
    discover = unittest.defaultTestLoader.discover
    suite = unittest.TestSuite(discover(str(folder), top_level_dir=str(folder)) for folder in FOLDERS)
    result = unittest.TextTestRunner(resultclass=TimedResult).run(suite)
    if options.junit:
        write_junit(result, options.junit)
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


def write_junit(result: TimedResult, path: str) -> None:
    failed: Dict[str, List[str]] = {}
    for test, trace in [*result.failures, *result.errors]:
        # A failed subtest counts as a failure of its test.
        owner = getattr(test, "test_case", test)
        failed.setdefault(owner.id(), []).append(f"{test}\n{trace}")
    skipped = {test.id(): reason for test, reason in result.skipped}
    # An error outside a test, in setUpClass or during import, has no duration.
    seconds = {**{name: 0.0 for name in [*failed, *skipped]}, **result.seconds}
    suite = ElementTree.Element(
        "testsuite",
        name="topic_contract",
        tests=str(len(seconds)),
        failures=str(len(failed)),
        errors="0",
        skipped=str(len(skipped)),
        time=f"{sum(seconds.values()):.3f}",
    )
    for name, duration in seconds.items():
        group, _, method = name.rpartition(".")
        case = ElementTree.SubElement(suite, "testcase", classname=group, name=method, time=f"{duration:.3f}")
        if name in failed:
            ElementTree.SubElement(case, "failure").text = printable("\n".join(failed[name]))
        elif name in skipped:
            ElementTree.SubElement(case, "skipped", message=skipped[name])
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    ElementTree.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)


def printable(text: str) -> str:
    """Escapes control characters and lone surrogates, which can occur in test messages but are not allowed in XML."""
    return "".join(c if c in "\n\t" or " " <= c <= "~" else f"\\u{{{ord(c):x}}}" for c in text)


if __name__ == "__main__":
    sys.exit(main())
