"""What the contract page measured in the origin's two implementations, and the origin's own examples."""

from __future__ import annotations

from typing import Iterator

from .case import Case, number

PREFIX = "table"
TABLE = "topic contract, What was measured in the origin"
ORIGIN = "origin, Topic Format"


def cases() -> Iterator[Case]:
    yield Case(
        {"symbol": None},
        "null in an object is the empty string; the origin's TypeScript wrote no JSON",
        TABLE,
        '{"symbol":""}',
    )
    yield Case(None, "null alone is the empty string, in quotes", TABLE, '""')
    yield Case([None], "null in an array is the empty string", TABLE, '[""]')
    yield Case({"s": "é"}, "beyond ASCII is escaped", TABLE, '{"s":"\\u00e9"}')
    yield Case({"s": "株式"}, "CJK is escaped", TABLE, '{"s":"\\u682a\\u5f0f"}')
    yield Case({"s": "😀"}, "beyond the BMP is two escapes", TABLE, '{"s":"\\ud83d\\ude00"}')
    yield Case("\x7f", "DEL is escaped, though JSON would not need it", TABLE, '"\\u007f"')
    yield Case("\u2028", "the line separator is escaped", TABLE, '"\\u2028"')
    yield Case(
        {"😀": 1, "\uffee": 2},
        "keys in order of code points, not of UTF-16 units",
        TABLE,
        '{"\\uffee":2,"\\ud83d\\ude00":1}',
    )
    yield Case(1.0, "a whole float keeps its point", TABLE, "1.0")
    yield Case(1e16, "a float of exponent 16 takes the exponent form", TABLE, "1e+16")
    yield Case(100000.0, "a whole float below 1e16 has no exponent", TABLE, "100000.0")
    yield Case(1e-05, "an exponent has two digits at least", TABLE, "1e-05")
    yield Case(1.5e-07, "an exponent has two digits at least, with a fraction", TABLE, "1.5e-07")
    yield Case(-0.0, "negative zero keeps its sign as a float", TABLE, "-0.0")
    yield Case(2**53, "an integer past 2^53 - 1 is exact", TABLE, "9007199254740992")
    yield Case(2**53 + 1, "an integer that no double holds", TABLE, "9007199254740993")
    yield Case(10**21, "where JavaScript would write 1e21", TABLE, "1000000000000000000000")
    yield Case(True, "true", TABLE, "true")
    yield Case(False, "false", TABLE, "false")
    yield Case([], "an empty array", TABLE, "[]")
    yield Case({}, "an empty object", TABLE, "{}")
    yield Case("", "an empty string is the same text as null: a documented collision", TABLE, '""')
    yield Case({"b": 2, "a": 1}, "keys are sorted", TABLE, '{"a":1,"b":2}')
    yield Case([3, 1, 2], "arrays keep their order", TABLE, "[3,1,2]")
    yield Case(
        {"b": {"d": 1, "c": [{"z": 1, "y": 2}]}},
        "keys are sorted at every level, inside arrays too",
        TABLE,
        '{"b":{"c":[{"y":2,"z":1}],"d":1}}',
    )
    yield Case("a b", "a space in a string stays", TABLE, '"a b"')
    yield Case({"a": [1, {"b": "c"}]}, "no space after a comma or a colon", TABLE, '{"a":[1,{"b":"c"}]}')
    yield Case('"\\/', "the slash is not escaped", TABLE, '"\\"\\\\/"')
    yield Case("\n\r\t\f\b", "the five short forms", TABLE, '"\\n\\r\\t\\f\\b"')
    yield Case("\x00\x1f\x0b", "other controls have four hex digits, lower case", TABLE, '"\\u0000\\u001f\\u000b"')
    yield Case("<\u2028>&'", "nothing is escaped for HTML's sake", TABLE, '"<\\u2028>&\'"')
    yield Case("\ud83d", "a lone surrogate is escaped, never replaced", TABLE, '"\\ud83d"')
    yield Case(number("1"), "a safe integer is an int", TABLE, "1")
    yield Case(number("1.5"), "a fraction is a float", TABLE, "1.5")
    yield Case(number("-0"), "negative zero is the int 0 unless it is marked as a float", TABLE, "0")
    yield Case(float("nan"), "NaN is no JSON", TABLE, refused="not_finite")
    for topic, params in [
        ("bars", {"symbol": "AAPL", "resolution": "1"}),
        ("orders", {"accountId": "TEST-001"}),
        ("executions", {"accountId": "TEST-001", "symbol": "AAPL"}),
        ("positions", {"accountId": "TEST-001"}),
        ("equity", {"accountId": "TEST-001"}),
        ("broker-connection", {"accountId": "TEST-001"}),
    ]:
        yield Case(params, f"the origin's example of {topic}", ORIGIN, op="topic", route=topic)
