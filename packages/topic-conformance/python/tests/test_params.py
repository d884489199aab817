"""Tests the serializer: accepted values, refused values, and error paths."""

from __future__ import annotations

import collections
import enum
import subprocess
import sys
import unittest
import unittest.mock
from pathlib import Path
from typing import Any

from topic_contract import TopicError, build_topic_params

PACKAGE_FOLDER = Path(__file__).resolve().parent.parent


class Side(enum.IntEnum):
    BUY = 1


class Color(str, enum.Enum):
    RED = "red"


class Accepted(unittest.TestCase):
    def test_sorts_keys_by_code_point_at_every_level(self) -> None:
        value = {"😀": [{"b": 1, "a": 2}], "\uffee": {"10": 1, "9": 2}}
        self.assertEqual(build_topic_params(value), '{"\\uffee":{"10":1,"9":2},"\\ud83d\\ude00":[{"a":2,"b":1}]}')

    def test_writes_none_as_the_empty_string(self) -> None:
        self.assertEqual(build_topic_params([None, {"a": None}]), '["",{"a":""}]')
        self.assertEqual(build_topic_params(None), '""')

    def test_distinguishes_bool_int_and_float(self) -> None:
        self.assertEqual(build_topic_params([True, 1, 1.0, False, 0, -0.0]), "[true,1,1.0,false,0,-0.0]")

    def test_writes_a_tuple_as_a_list(self) -> None:
        self.assertEqual(build_topic_params((1, (2,), ())), "[1,[2],[]]")

    def test_joins_split_surrogate_pairs_in_values(self) -> None:
        self.assertEqual(build_topic_params("\ud83d\ude00"), build_topic_params("😀"))

    def test_does_not_modify_its_input(self) -> None:
        value = {"b": [None], "a": 1}
        build_topic_params(value)
        self.assertEqual(list(value.items()), [("b", [None]), ("a", 1)])

    def test_accepts_the_same_container_twice(self) -> None:
        twice = [1]
        self.assertEqual(build_topic_params([twice, {"a": twice}]), '[[1],{"a":[1]}]')

    def test_writes_long_integers_independently_of_the_limit_of_the_process(self) -> None:
        program = (
            "import sys; from topic_contract import build_topic_params as b, parse_topic as p;"
            "getattr(sys, 'set_int_max_str_digits', lambda n: None)(int(sys.argv[1]));"
            "t = b(10**4299); assert t == '1' + '0' * 4299; p('r:' + t)\n"
            "try: b(-10**4300)\nexcept ValueError as e: print(e.code)"
        )
        for limit in ["640", "0", "4300"]:
            with self.subTest(limit=limit):
                run = subprocess.run(
                    [sys.executable, "-c", program, limit],
                    cwd=PACKAGE_FOLDER,
                    capture_output=True,
                    text=True,
                    check=True,
                )
                self.assertEqual(run.stdout, "integer_too_long\n")


class Refused(unittest.TestCase):
    def refuses(self, value: Any, code: str, path: str) -> TopicError:
        with self.assertRaises(TopicError) as caught:
            build_topic_params(value)
        self.assertEqual((caught.exception.code, caught.exception.path), (code, path))
        self.assertIn(code, str(caught.exception))
        return caught.exception

    def test_subclasses(self) -> None:
        point = collections.namedtuple("point", "x")(1)
        for value in [Side.BUY, Color.RED, point, collections.OrderedDict(a=1), collections.defaultdict(int)]:
            with self.subTest(type=type(value).__name__):
                self.refuses({"a": value}, "unsupported_type", "/a")

    def test_other_types(self) -> None:
        for value in [b"a", bytearray(b"a"), {1}, 1j, object(), len, int, range(2), ..., NotImplemented]:
            with self.subTest(type=type(value).__name__):
                self.refuses([0, value], "unsupported_type", "/1")

    def test_keys_that_are_not_str(self) -> None:
        for key in [1, 1.5, None, True, (1,), b"a", Color.RED]:
            with self.subTest(key=key):
                self.refuses({"a": {key: 1}}, "unsupported_type", "/a")
        self.assertIn("the key 1,", str(self.refuses({1: 1, "1": 2}, "unsupported_type", "")))

    def test_keys_with_a_split_surrogate_pair(self) -> None:
        self.refuses({"a": {"\ud83d\ude00": 1}}, "lone_surrogate", "/a/\ud83d\ude00")

    def test_numbers_that_are_not_finite(self) -> None:
        for value in [float("nan"), float("inf"), float("-inf")]:
            self.refuses({"a": [value]}, "not_finite", "/a/0")

    def test_integers_of_more_than_4300_digits(self) -> None:
        self.refuses([10**4300], "integer_too_long", "/0")
        self.refuses([-(10**4300)], "integer_too_long", "/0")
        self.refuses(1 << 50_000_000, "integer_too_long", "")

    def test_cycles(self) -> None:
        value: Any = {"a": [1]}
        value["a"].append(value)
        self.refuses(value, "cycle", "/a/1")

    def test_the_65th_container(self) -> None:
        value: Any = 1
        for _ in range(64):
            value = [value]
        build_topic_params(value)
        self.refuses([value], "too_deep", "/0" * 64)
        endless: Any = []
        for _ in range(100_000):
            endless = [endless]
        self.refuses(endless, "too_deep", "/0" * 64)

    def test_texts_beyond_the_exact_maximum_length(self) -> None:
        self.assertEqual(len(build_topic_params("x" * (2**24 - 2))), 2**24)
        self.refuses("x" * (2**24 - 1), "too_long", "")
        self.assertEqual(len(build_topic_params({"a": "x" * (2**24 - 8)})), 2**24)
        self.refuses({"a": "x" * (2**24 - 7)}, "too_long", "")

    def test_a_text_that_is_too_long_is_not_escaped(self) -> None:
        with unittest.mock.patch("topic_contract.params.encode_basestring_ascii", side_effect=AssertionError):
            self.refuses("\x00" * (2**24 + 1), "too_long", "")

    def test_a_small_value_with_a_huge_text(self) -> None:
        value: Any = "x" * 65536
        for _ in range(60):
            value = [value, value]
        with self.assertRaises(TopicError) as caught:
            build_topic_params(value)
        self.assertEqual(caught.exception.code, "too_long")

    def test_paths_are_json_pointers(self) -> None:
        self.refuses({"a/b": {"c~d": {"": [0, {1}]}}}, "unsupported_type", "/a~1b/c~0d//1")

    def test_messages_contain_the_value_and_the_remedy(self) -> None:
        self.assertEqual(
            str(self.refuses({"side": Side.BUY}, "unsupported_type", "/side")),
            "Side at /side is not plain data: pass dict, list, tuple, str, int, float, bool or None, no subclasses"
            " (unsupported_type)",
        )
