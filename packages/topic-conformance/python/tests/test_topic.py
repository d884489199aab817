"""Tests building and parsing topics."""

from __future__ import annotations

import unittest
from typing import Any

from topic_contract import ParsedTopic, TopicError, build_topic, parse_topic


class Topics(unittest.TestCase):
    def test_builds(self) -> None:
        self.assertEqual(
            build_topic("bars", {"symbol": "AAPL", "resolution": "1"}), 'bars:{"resolution":"1","symbol":"AAPL"}'
        )

    def test_parses(self) -> None:
        self.assertEqual(
            parse_topic('a.b-c_1:{"x":[1.0,1,"é"]}'.replace("é", "\\u00e9")),
            ParsedTopic("a.b-c_1", {"x": [1.0, 1, "é"]}),
        )

    def test_distinguishes_int_and_float(self) -> None:
        whole, real = parse_topic("r:[10000000000000000,1e+16]").params
        self.assertEqual((type(whole), type(real)), (int, float))

    def test_refuses_invalid_route_names(self) -> None:
        names: Any = ["", "a:b", " a", "-a", "börse", "a\n", "٣", None, 1]
        for name in names:
            with self.subTest(name=name):
                self.refuses(lambda: build_topic(name, {}), "invalid_route")

    def test_refuses_topics_that_are_not_canonical(self) -> None:
        topics: Any = [
            None,
            b"a:{}",
            "bars",
            'bars:{"b":1,"a":2}',
            "r:[1, 2]",
            "r:NaN",
            "r:" + "[" * 100_000,
            "r:" + "9" * 5000,
        ]
        for topic in topics:
            with self.subTest(topic=str(topic)[:20]):
                self.refuses(lambda: parse_topic(topic), "invalid_topic")

    def test_checks_the_route_before_the_parameters(self) -> None:
        self.refuses(lambda: parse_topic(" bars:nonsense"), "invalid_route")

    def refuses(self, run: Any, code: str) -> None:
        with self.assertRaises(TopicError) as caught:
            run()
        self.assertEqual(caught.exception.code, code)
