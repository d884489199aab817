"""Topics of all routes of the protocol with realistic parameters, and valid and invalid route names."""

from __future__ import annotations

from typing import Any, Iterator

from .case import Case

PREFIX = "route"
ROUTES = "PROTOCOL.md, Routes"
NAMES = "PROTOCOL.md, Topics"

SYMBOLS = [
    "AAPL",
    "GOOGL",
    "MSFT",
    "BRK.B",
    "BTC/USD",
    "EUR=X",
    "ES1!",
    "NASDAQ:AAPL",
    "7203.T",
    "トヨタ",
    "M&M.NS",
    "",
]
RESOLUTIONS = ["1", "5", "15", "30", "60", "D", "W", "M"]
ACCOUNTS = ["TEST-001", "DEMO-ACCOUNT", "U1234567", "acct_9f8e", "Konto-Zürich", "0001", ""]
BY_ACCOUNT = ["orders", "positions", "equity", "broker-connection", "account", "notifications"]

VALID_NAMES = [
    "a",
    "0",
    "bars.v2",
    "broker-connection",
    "order_book",
    "A1",
    "a.",
    "a-",
    "a_",
    "x" * 100,
    "3d-bars",
    "BARS",
]
INVALID_NAMES = [
    "",
    " ",
    "bars:",
    "a:b",
    "-bars",
    ".bars",
    "_bars",
    "bars ",
    " bars",
    "ba rs",
    "bars\n",
    "börse",
    "bars/1",
    "bars{}",
    'bars"',
    "ｂars",
    "bars\x00",
    "٣",
    "株",
    "a*",
    "$bars",
]


def cases() -> Iterator[Case]:
    for symbol in SYMBOLS:
        for resolution in RESOLUTIONS:
            yield topic("bars", {"symbol": symbol, "resolution": resolution})
        yield topic("trades", {"symbol": symbol})
        for depth in [1, 10, 50]:
            yield topic("orderbook", {"symbol": symbol, "depth": depth})
    for symbols, fast in [
        ([], []),
        (["AAPL"], []),
        ([], ["AAPL"]),
        (["AAPL", "GOOGL"], ["MSFT"]),
        (["GOOGL", "AAPL"], ["MSFT"]),
        (["AAPL", "AAPL"], ["AAPL"]),
        (SYMBOLS, SYMBOLS[::-1]),
        ([f"SYM{index}" for index in range(100)], []),
    ]:
        yield topic("quotes", {"symbols": symbols, "fast_symbols": fast})
    for account in ACCOUNTS:
        for route in BY_ACCOUNT:
            yield topic(route, {"accountId": account})
        for choice in ["AAPL", "", None]:
            yield topic("executions", {"accountId": account, "symbol": choice})
        yield topic("executions", {"accountId": account})
    yield Case(
        {"accountId": "TEST-001", "symbol": None},
        "all executions of an account: null and the empty string give the same topic",
        ROUTES,
        'executions:{"accountId":"TEST-001","symbol":""}',
        op="topic",
        route="executions",
    )
    yield Case({}, "a route without parameters", NAMES, "clock:{}", op="topic", route="clock")
    for name in VALID_NAMES:
        yield Case({"a": 1}, "a valid route name", NAMES, f'{name}:{{"a":1}}', op="topic", route=name)
    for name in INVALID_NAMES:
        yield Case({"a": 1}, "an invalid route name", NAMES, refused="invalid_route", op="topic", route=name)
    yield Case(
        {"a": float("nan")},
        "a topic with invalid parameters is refused",
        NAMES,
        refused="not_finite",
        op="topic",
        route="bars",
    )
    for name in ["a..b", "a--b", "a._-b", "a..", "x" * 254, "x" * 255, "x" * 256, "x" * 1000, "v1.2.3", "9", "Z9"]:
        yield Case({"a": 1}, "a valid route name", NAMES, f'{name}:{{"a":1}}', op="topic", route=name)
    # fmt: off
    for name in [
        "bars~", "a~b", "a@b", "@bars", "a%b", "a%20b", "a+b", "a,b", "a;b", "a=b", "a?b", "a#b", "a&b", "a'b", "a`b",
        "a^b", "a\\b", "a[b]", "a|b", "a!", "(a)", "..", ".", "-", "_", "~", "../bars", "/bars", "bars/",
        "bars\t", "\tbars", "ba\trs", "bars\r", "bars\r\n", "bars\x0b", "bars\x85", "bars\u2028", "bars\ufeff", "\ufeffbars",
        "bars\x7f", "ba\x00rs", "\u212a", "a\u212a", "\u017f", "a\u017f", "\uff11", "a\uff11", "a\u0663", "a\u00b2", "a\u00e9", "e\u0301",
        "a\u00ad", "a\u200b", "a\u2010b", "a\uff0eb", "\U0001d41a", "a\U0001d7ce", "x" * 300 + " ",
    ]:
        # fmt: on
        yield Case({"a": 1}, "an invalid route name", NAMES, refused="invalid_route", op="topic", route=name)


def topic(route: str, params: Any) -> Case:
    return Case(params, f"{route} with realistic parameters", ROUTES, op="topic", route=route)
