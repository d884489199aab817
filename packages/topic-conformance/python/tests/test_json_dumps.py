"""Compares the serializer with ``json.dumps``, which defines the contract."""

from __future__ import annotations

import hashlib
import json
import random
import unittest
from pathlib import Path
from typing import Any

import settings
from cases.generated import random_value
from float_set import float_set
from oracle import json_dumps
from tagged import Tag, decode, encode
from topic_contract import TopicError, build_topic, build_topic_params, parse_topic
from topic_contract.fast import build_fast
from topic_contract.params import build_carefully

VECTORS = Path(__file__).resolve().parent.parent.parent / "vectors"


class JsonDumps(unittest.TestCase):
    def test_random_values(self) -> None:
        rng = random.Random(settings.seed)
        for index in range(settings.values):
            value = random_value(rng, 4)
            expected = json_dumps(value)
            for build in [build_topic_params, build_carefully]:
                self.assertEqual(build(value), expected, f"{build.__name__}, seed {settings.seed}, value {index}")
            self.assertEqual(
                build_topic(*parse_topic(f"r:{expected}")), f"r:{expected}", f"seed {settings.seed}, value {index}"
            )
            # Encoding and decoding must preserve the value. Otherwise the vectors would test another value.
            self.assertEqual(json_dumps(decode(json.loads(json.dumps(encode(value))))), expected)

    @unittest.skipUnless(VECTORS.is_dir(), "the folder vectors is missing")
    def test_every_accepted_vector(self) -> None:
        compared = 0
        for path in sorted(VECTORS.glob("*.jsonl")):
            for line in path.read_text("ascii").splitlines():
                case = json.loads(line)
                if case["op"] != "parse" and "refused" not in case["expect"] and self.compare(case):
                    compared += 1
        self.assertGreater(compared, 2000)

    def compare(self, case: Any) -> bool:
        try:
            text = json_dumps(decode(case["input"]))
        except KeyError:
            return False
        expected = text if case["op"] == "params" else f"{case['route']}:{text}"
        if "sha256" in case["expect"]:
            digest = hashlib.sha256(expected.encode("ascii")).hexdigest()
            self.assertEqual(case["expect"], {"length": len(expected), "sha256": digest}, case["id"])
        else:
            self.assertEqual(case["expect"]["text"], expected, case["id"])
        return True

    def test_every_character(self) -> None:
        for start in range(0, 0x110000, 0x1000):
            # With a letter after each character, so that surrogates do not form pairs.
            text = "a".join(map(chr, range(start, start + 0x1000)))
            self.assertEqual(build_carefully(text), json.dumps(text), hex(start))

    def test_floats(self) -> None:
        for _, value in zip(range(100_000), float_set()):
            self.assertEqual(build_topic_params(value), json.dumps(value))


class FastPath(unittest.TestCase):
    @unittest.skipUnless(VECTORS.is_dir(), "the folder vectors is missing")
    def test_agrees_with_the_careful_serializer_for_every_vector(self) -> None:
        decided = 0
        for path in sorted(VECTORS.glob("*.jsonl")):
            for line in path.read_text("ascii").splitlines():
                case = json.loads(line)
                if case["op"] == "parse":
                    continue
                try:
                    value = decode(case["input"])
                    text = build_fast(value)
                except (KeyError, TopicError):
                    continue
                if text is not None:
                    decided += 1
                    self.assertEqual(build_carefully(value), text, case["id"])
        self.assertGreater(decided, 2000)

    def test_leaves_what_may_be_invalid_to_the_careful_serializer(self) -> None:
        endless: Any = []
        endless.append(endless)
        deep: Any = []
        for _ in range(64):
            deep = [deep]
        shared: Any = "x" * 1000
        for _ in range(60):
            shared = [shared, shared]
        for value in [
            endless,
            deep,
            shared,
            float("nan"),
            [float("inf")] * 20,
            {1: 2},
            {"a": 1, 2: 3},
            {"\ud83d\ude00": 1},
            {**{str(index): 1 for index in range(20)}, "\ud83d": 1},
            10**4300,
            [10**4300] * 20,
            [1, b"a"],
            {"a": {1, 2}},
            ["x" * 2**20],
            ["x" * 1000] * 2000,
        ]:
            self.assertIsNone(build_fast(value))


class Tags(unittest.TestCase):
    def test_encodes_keys_that_look_like_tags(self) -> None:
        value = {"$float": "1.0"}
        self.assertEqual(encode(value), {"$object": [["$float", "1.0"]]})
        self.assertEqual(decode(encode(value)), value)

    def test_rejects_other_types(self) -> None:
        with self.assertRaises(TypeError):
            encode({"a": (1,)})
        self.assertEqual(encode([Tag("$host", "date")]), [{"$host": "date"}])
