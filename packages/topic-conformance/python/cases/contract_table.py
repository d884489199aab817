"""Values for which the two implementations of the legacy system differ, and the examples of its documentation."""

from __future__ import annotations

from typing import Iterator

from .case import Case, number

PREFIX = "table"
TABLE = "PROTOCOL.md, Topics; measured in the legacy system"
LEGACY = "legacy system, topic examples"


def cases() -> Iterator[Case]:
    yield Case(
        {"symbol": None},
        "null in an object is the empty string; the legacy TypeScript writes invalid JSON",
        TABLE,
        '{"symbol":""}',
    )
    yield Case(None, "null at the top level is the empty string, with quotes", TABLE, '""')
    yield Case([None], "null in an array is the empty string", TABLE, '[""]')
    yield Case({"s": "é"}, "non-ASCII characters are escaped", TABLE, '{"s":"\\u00e9"}')
    yield Case({"s": "株式"}, "CJK characters are escaped", TABLE, '{"s":"\\u682a\\u5f0f"}')
    yield Case({"s": "😀"}, "a character outside the BMP is two escapes", TABLE, '{"s":"\\ud83d\\ude00"}')
    yield Case("\x7f", "DEL is escaped although JSON does not require it", TABLE, '"\\u007f"')
    yield Case("\u2028", "the line separator is escaped", TABLE, '"\\u2028"')
    yield Case(
        {"😀": 1, "\uffee": 2},
        "keys are sorted by code point, not by UTF-16 unit",
        TABLE,
        '{"\\uffee":2,"\\ud83d\\ude00":1}',
    )
    yield Case(1.0, "a float without a fraction keeps its decimal point", TABLE, "1.0")
    yield Case(1e16, "a float from 1e16 is written with an exponent", TABLE, "1e+16")
    yield Case(100000.0, "a float below 1e16 is written without an exponent", TABLE, "100000.0")
    yield Case(1e-05, "an exponent has at least two digits", TABLE, "1e-05")
    yield Case(1.5e-07, "an exponent has at least two digits, also after a fraction", TABLE, "1.5e-07")
    yield Case(-0.0, "negative zero keeps its sign as a float", TABLE, "-0.0")
    yield Case(2**53, "an integer beyond 2^53 - 1 is exact", TABLE, "9007199254740992")
    yield Case(2**53 + 1, "an integer that no double can represent", TABLE, "9007199254740993")
    yield Case(10**21, "an integer has no exponent where JavaScript writes 1e21", TABLE, "1000000000000000000000")
    yield Case(True, "true", TABLE, "true")
    yield Case(False, "false", TABLE, "false")
    yield Case([], "an empty array", TABLE, "[]")
    yield Case({}, "an empty object", TABLE, "{}")
    yield Case("", "an empty string has the same text as null: a documented collision", TABLE, '""')
    yield Case({"b": 2, "a": 1}, "keys are sorted", TABLE, '{"a":1,"b":2}')
    yield Case([3, 1, 2], "arrays keep their order", TABLE, "[3,1,2]")
    yield Case(
        {"b": {"d": 1, "c": [{"z": 1, "y": 2}]}},
        "keys are sorted at every level, inside arrays too",
        TABLE,
        '{"b":{"c":[{"y":2,"z":1}],"d":1}}',
    )
    yield Case("a b", "a space in a string is kept", TABLE, '"a b"')
    yield Case({"a": [1, {"b": "c"}]}, "no space after a comma or a colon", TABLE, '{"a":[1,{"b":"c"}]}')
    yield Case('"\\/', "the slash is not escaped", TABLE, '"\\"\\\\/"')
    yield Case("\n\r\t\f\b", "the five short escapes", TABLE, '"\\n\\r\\t\\f\\b"')
    yield Case(
        "\x00\x1f\x0b", "other control characters have four lower-case hex digits", TABLE, '"\\u0000\\u001f\\u000b"'
    )
    yield Case("<\u2028>&'", "no characters are escaped for HTML", TABLE, '"<\\u2028>&\'"')
    yield Case("\ud83d", "a lone surrogate is escaped, never replaced", TABLE, '"\\ud83d"')
    yield Case(number("1"), "a safe integer is an int", TABLE, "1")
    yield Case(number("1.5"), "a fraction is a float", TABLE, "1.5")
    yield Case(number("-0"), "negative zero is the int 0 unless it is marked as a float", TABLE, "0")
    yield Case(float("nan"), "NaN is not valid JSON", TABLE, refused="not_finite")
    for topic, params in [
        ("bars", {"symbol": "AAPL", "resolution": "1"}),
        ("orders", {"accountId": "TEST-001"}),
        ("executions", {"accountId": "TEST-001", "symbol": "AAPL"}),
        ("positions", {"accountId": "TEST-001"}),
        ("equity", {"accountId": "TEST-001"}),
        ("broker-connection", {"accountId": "TEST-001"}),
    ]:
        yield Case(params, f"the legacy example for {topic}", LEGACY, op="topic", route=topic)
