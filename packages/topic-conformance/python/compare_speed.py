"""Compares the speed of ``build_topic_params`` with that of the function of the legacy system, on one CPU.

Prints the median of the times of both functions and their quotient, for each kind of value.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any, Callable, Dict, List

sys.path.insert(0, str(Path(__file__).resolve().parent))

from topic_contract import build_topic_params  # noqa: E402

VALUES: Dict[str, Any] = {
    "bars": {"symbol": "AAPL", "resolution": "1"},
    "executions, null symbol": {"accountId": "TEST-001", "symbol": None},
    "quotes, 100 symbols": {"symbols": [f"SYM{index}" for index in range(100)], "fast_symbols": []},
    "a string": "AAPL",
    "an int": 42,
    "a float": 0.1,
    "null": None,
    "an empty object": {},
    "nested objects": {"z": {"z": {"z": {"b": 1, "a": 2}, "a": 1}, "a": 1}, "a": 1},
    "64 nested arrays": json.loads("[" * 64 + "]" * 64),
    "1,000 ints": list(range(1000)),
    "1,000 floats": [index / 7 for index in range(1000)],
    "1,000 nulls": [None] * 1000,
    "1,000 short strings": [f"item {index}" for index in range(1000)],
    "1,000 accented strings": [f"Z\u00fcrich {index}" for index in range(1000)],
    "1,000 emoji strings": [f"\U0001f600 {index}" for index in range(1000)],
    "1,000 keys": {f"k{index * 7919 % 1000}": index for index in range(1000)},
    "1,000 accented keys": {f"\u00e9{index * 7919 % 1000}": index for index in range(1000)},
    "1,000 small objects": [{"b": 1, "a": "x"} for _ in range(1000)],
    "a text of 1 MB, ASCII": "x" * 2**20,
    "a text of 1 MB, accented": "\u00e9" * 2**19,
    "a text of 1 MB, CJK": "\u682a" * 2**18,
    "a text of 1 MB, emoji": "\U0001f600" * 2**17,
    "a text of 1 MB, controls": "\x00\n\"" * 2**18,
    "an int of 4,000 digits": 10**3999 + 7,
}


def legacy(value: Any) -> str:
    def sort_recursive(item: Any) -> Any:
        if isinstance(item, dict):
            return {k: sort_recursive(v) for k, v in sorted(item.items())}
        elif isinstance(item, list):
            return [sort_recursive(element) for element in item]
        elif item is None:
            return ""
        else:
            return item

    return json.dumps(sort_recursive(value), separators=(",", ":"))


def main() -> None:
    print(f"Python {sys.version.split()[0]}")
    for name, value in VALUES.items():
        assert build_topic_params(value) == legacy(value), name
        ours, theirs = measure([build_topic_params, legacy], value)
        print(f"{name:26} {theirs * 1e6:12.2f} us {ours * 1e6:12.2f} us {ours / theirs:6.2f}")


def measure(functions: List[Callable[[Any], str]], value: Any) -> List[float]:
    """Returns the seconds of each function. The rounds alternate, so that a busy machine slows both alike."""
    once = -time.process_time()
    functions[-1](value)
    once += time.process_time()
    calls = max(1, min(2000, int(0.005 / max(once, 1e-6))))
    times: List[List[float]] = [[] for _ in functions]
    for _ in range(9):
        for function, found in zip(functions, times):
            began = time.process_time()
            for _ in range(calls):
                function(value)
            found.append((time.process_time() - began) / calls)
    return [statistics.median(found) for found in times]


if __name__ == "__main__":
    main()
