"""Tests the generator and ``--check``."""

from __future__ import annotations

import contextlib
import io
import tempfile
import unittest
from pathlib import Path

import generate
from cases.case import Case, number


class Check(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "a.jsonl").write_bytes(b"one\ntwo\n")
        before, generate.VECTORS = generate.VECTORS, self.folder
        self.addCleanup(setattr, generate, "VECTORS", before)

    def check(self, data: bytes, name: str = "a.jsonl") -> str:
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            code = generate.compare([(name, data)])
        return f"{code} {out.getvalue().splitlines()[0]}"

    def test_passes_on_the_same_bytes(self) -> None:
        self.assertEqual(self.check(b"one\ntwo\n"), "0 The vectors are up to date.")

    def test_reports_the_first_byte_that_differs(self) -> None:
        self.assertEqual(
            self.check(b"one\ntwO\n"), r"1 a.jsonl differs at byte 6 (line 2): found b'o\n', expected b'O\n'"
        )

    def test_detects_a_file_that_is_too_long_or_too_short(self) -> None:
        self.assertIn("differs at byte 4", self.check(b"one\n"))
        self.assertIn("differs at byte 8", self.check(b"one\ntwo\nthree\n"))

    def test_detects_missing_and_extra_files(self) -> None:
        self.assertEqual(self.check(b"", "b.jsonl"), "1 b.jsonl is missing")
        (self.folder / "b.jsonl").write_bytes(b"")
        self.assertEqual(self.check(b"", "b.jsonl"), "1 a.jsonl is not a generated file")


class Vectors(unittest.TestCase):
    def test_writes_all_fields_of_a_case(self) -> None:
        self.assertEqual(
            generate.vector("keys", "x", 7, Case([1.0, 2**60], "why", text="[1.0,1152921504606846976]")),
            {
                "id": "x-0007",
                "op": "params",
                "features": ["bigint", "float"],
                "input": [{"$float": "1.0"}, {"$int": "1152921504606846976"}],
                "expect": {"text": "[1.0,1152921504606846976]", "hex": b"[1.0,1152921504606846976]".hex()},
                "why": "why",
                "source": "PROTOCOL.md, Topics",
            },
        )

    def test_rejects_a_case_that_differs_from_the_reference(self) -> None:
        for case in [Case(1, "why", text="2"), Case(1, "why", refused="cycle"), Case(float("nan"), "why")]:
            with self.assertRaises(AssertionError):
                generate.vector("keys", "x", 1, case)

    def test_supports_untyped_numbers(self) -> None:
        for text, expected in [("-0", "0"), ("2", "2"), ("2.5", "2.5")]:
            self.assertEqual(generate.vector("keys", "x", 1, Case(number(text), "why"))["expect"]["text"], expected)
        self.assertEqual(
            generate.vector("keys", "x", 1, Case(number("1e16"), "why", refused="ambiguous_number"))["features"],
            ["untyped-number"],
        )
