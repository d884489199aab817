"""Compares the speed of building a topic with that of the function of the legacy system. Prints a table in Markdown."""

import enum
import json
import statistics
import time
from typing import Any, Callable, List, Literal, Optional

from pydantic import BaseModel, Field, StrictInt

from trading_topic import TopicRoute, build_topic


class Side(str, enum.Enum):
    BUY = "buy"


class Bars(BaseModel):
    symbol: str
    resolution: Literal["1", "D"]


class Executions(BaseModel):
    account_id: str = Field(alias="accountId")
    symbol: Optional[str]


class Orders(BaseModel):
    account_id: str = Field(alias="accountId")
    symbol: Optional[str]
    side: Side
    depth: StrictInt


class Quotes(BaseModel):
    symbols: List[str]


class Nested(BaseModel):
    bars: Bars
    more: List[Bars]


BAR = Bars(symbol="AAPL", resolution="1")
PARAMS = {
    "two strings": BAR,
    "a string and None": Executions(accountId="A1", symbol=None),
    "an enum, an int, an alias": Orders(accountId="A1", symbol=None, side=Side.BUY, depth=5),
    "100 symbols": Quotes(symbols=[f"SYM{index}" for index in range(100)]),
    "six nested models": Nested(bars=BAR, more=[BAR] * 5),
}


def legacy(value: BaseModel) -> str:
    def sort_recursive(item: Any) -> Any:
        if isinstance(item, dict):
            return {k: sort_recursive(v) for k, v in sorted(item.items())}
        elif isinstance(item, list):
            return [sort_recursive(element) for element in item]
        elif item is None:
            return ""
        else:
            return item

    return "r:" + json.dumps(sort_recursive(value.model_dump()), separators=(",", ":"))


def median_times(functions: List[Callable[[], str]]) -> List[float]:
    """Returns the microseconds of each. The rounds alternate, so that a busy machine slows all alike."""
    times: List[List[float]] = [[] for _ in functions]
    for _ in range(15):
        for function, found in zip(functions, times):
            began = time.process_time()
            for _ in range(2000):
                function()
            found.append((time.process_time() - began) / 2000 * 1e6)
    return [statistics.median(found) for found in times]


for name, params in PARAMS.items():
    route = TopicRoute("r", type(params))
    old, typed, plain = median_times(
        [lambda: legacy(params), lambda: route.topic(params), lambda: build_topic("r", params)]
    )
    print(f"| {name} | {old:.1f} | {typed:.1f} ({typed / old:.2f}) | {plain:.1f} ({plain / old:.2f}) |")
