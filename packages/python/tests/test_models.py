"""Tests of models and routes that need no other package: dataclasses, and objects that look like Pydantic models."""

from __future__ import annotations

import enum
import sys
import unittest
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Literal, Optional, Tuple, Union

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE))

from trading_topic import ContractError, TopicError, TopicRoute, build_topic, build_topic_params  # noqa: E402


class Side(str, enum.Enum):
    BUY = "buy"
    SELL = "sell"


@dataclass
class Leg:
    symbol: str
    ratio: int


@dataclass
class Order:
    symbol: Optional[str]
    side: Side
    live: bool
    legs: List[Leg]
    resolution: Literal["1", "D"]


ORDER = Order(None, Side.BUY, True, [Leg("\u00e9", 2)], "D")
TEXT = '{"legs":[{"ratio":2,"symbol":"\\u00e9"}],"live":true,"resolution":"D","side":"buy","symbol":""}'


class BuildTests(unittest.TestCase):
    def test_builds_the_topic_of_a_dataclass(self) -> None:
        self.assertEqual(build_topic_params(ORDER), TEXT)
        self.assertEqual(build_topic("orders", ORDER), f"orders:{TEXT}")
        self.assertEqual(TopicRoute("orders", Order).topic(ORDER), f"orders:{TEXT}")

    def test_builds_the_topic_of_a_model_from_its_names_on_the_wire(self) -> None:
        class Model:
            def model_dump(self, **options: Any) -> Dict[str, Any]:
                self.options = options
                return {"accountId": "A"}

        model = Model()
        self.assertEqual(build_topic_params(model), '{"accountId":"A"}')
        self.assertEqual(model.options, {"mode": "json", "by_alias": True})

    def test_says_how_to_pass_enum_members_and_models(self) -> None:
        with self.assertRaisesRegex(TopicError, r'at /a/0/side is an enum member: pass its \.value.*mode="json"') as enums:
            build_topic_params({"a": [{"side": Side.BUY}]})
        self.assertEqual((enums.exception.code, enums.exception.path), ("unsupported_type", "/a/0/side"))

        class Model:
            def model_dump(self) -> None:
                raise AssertionError("is not called")

        with self.assertRaisesRegex(TopicError, "is a model inside of plain data"):
            build_topic_params([Model()])

    def test_refuses_other_objects_and_invalid_routes_as_before(self) -> None:
        for value in (object(), Order, {1: "a"}, float("nan")):
            with self.assertRaises(TopicError):
                build_topic_params(value)
        with self.assertRaisesRegex(TopicError, "invalid_route"):
            build_topic("a:b", ORDER)


class ContractTests(unittest.TestCase):
    def test_lists_every_field_that_the_contract_does_not_allow(self) -> None:
        @dataclass
        class Params:
            price: float
            either: Union[int, str]
            names: Dict[str, str]
            pair: Tuple[str, str]
            blank: Optional[Literal["", "x"]]
            flag: Literal[True]
            prices: List[float]
            __proto__: str
            symbol: Optional[str] = None
            symbols: List[str] = field(default_factory=list)

        with self.assertRaises(ContractError) as caught:
            TopicRoute("bad", Params)
        expected = {
            "/price": "is a float: use str",
            "/either": "the only allowed union is one with None",
            "/names": "use str, int, bool",
            "/pair": "use str, int, bool",
            "/blank": 'is nullable and allows ""',
            "/flag": "use choices of str or int",
            "/prices/0": "is a float",
            "/__proto__": "has a name that JavaScript reserves",
            "/symbol": "is optional: remove the default",
            "/symbols": "is optional: remove the default",
        }
        problems = dict(caught.exception.violations)
        self.assertEqual(set(problems), set(expected))
        for path, problem in expected.items():
            self.assertIn(problem, problems[path])
            self.assertIn(f"\n  {path} ", str(caught.exception))

    def test_refuses_what_is_not_a_model_and_models_that_contain_themselves(self) -> None:
        with self.assertRaisesRegex(ContractError, "the model is dict: use a Pydantic model or a dataclass"):
            TopicRoute("bad", dict)
        with self.assertRaisesRegex(ContractError, "/inner/0 contains Tree again"):
            TopicRoute("bad", Tree)
        with self.assertRaisesRegex(TopicError, "invalid_route"):
            TopicRoute("b d", Leg)


@dataclass
class Tree:
    inner: List["Tree"]


class TopicTests(unittest.TestCase):
    route = TopicRoute("orders", Order)

    def dump(self, **changes: Any) -> Dict[str, Any]:
        legs = [{"symbol": "\u00e9", "ratio": 2}]
        return {"symbol": None, "side": "buy", "live": True, "legs": legs, "resolution": "D", **changes}

    def test_accepts_a_dump_with_or_without_enum_members(self) -> None:
        self.assertEqual(self.route.topic(self.dump()), f"orders:{TEXT}")
        self.assertEqual(self.route.topic(self.dump(side=Side.BUY, other=1)), f"orders:{TEXT}")

    def test_refuses_values_of_another_type_and_missing_fields(self) -> None:
        missing = self.dump()
        del missing["symbol"]
        for dump, path, problem in [
            (missing, "", "has no 'symbol': dump the model without exclude, exclude_none and exclude_unset"),
            (self.dump(live="yes"), "/live", "is str, not bool"),
            (self.dump(live=1), "/live", "is int, not bool"),
            (self.dump(side="hold"), "/side", "is not one of 'buy', 'sell'"),
            (self.dump(resolution=1), "/resolution", "is not one of '1', 'D'"),
            (self.dump(legs=({},)), "/legs", "is tuple, not list"),
            (self.dump(legs=[{"symbol": "a", "ratio": 1.0}]), "/legs/0/ratio", "is float, not int"),
            (self.dump(legs=[{"symbol": "a", "ratio": True}]), "/legs/0/ratio", "is bool, not int"),
            (self.dump(legs=[{"symbol": "a", "ratio": 2**53}]), "/legs/0/ratio", "is not between"),
            (self.dump(legs=[{"symbol": None, "ratio": 1}]), "/legs/0/symbol", "is NoneType, not str"),
            ("orders", "", "is str: pass Order, or a dict of its fields"),
        ]:
            with self.subTest(problem=problem), self.assertRaises(TopicError) as caught:
                self.route.topic(dump)
            self.assertEqual((caught.exception.code, caught.exception.path), ("invalid_params", path))
            self.assertIn(problem, str(caught.exception))

    def test_refuses_lone_surrogates_and_accepts_other_characters(self) -> None:
        with self.assertRaises(TopicError) as caught:
            self.route.topic(self.dump(legs=[{"symbol": "\ud83d", "ratio": 1}]))
        self.assertEqual((caught.exception.code, caught.exception.path), ("lone_surrogate", "/legs/0/symbol"))
        self.assertIn("\\ud83d\\ude00", self.route.topic(self.dump(symbol="\U0001f600")))

    def test_refuses_texts_beyond_the_limit(self) -> None:
        with self.assertRaisesRegex(TopicError, "too_long"):
            self.route.topic(self.dump(symbol="x" * 2**24))


if __name__ == "__main__":
    unittest.main()
