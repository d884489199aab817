"""Parsing of topics. Canonical topics are returned unchanged, all others are refused."""

from __future__ import annotations

import random
from typing import Iterator

from topic_contract import build_topic

from .case import Case, repeat
from .generated import random_value
from .naughty import naughty_strings

PREFIX = "parse"
TOPIC = "PROTOCOL.md, Topics"

# Parameters that are not canonical: invalid JSON, or JSON in another notation.
NOT_CANONICAL = [
    ('{"b":1,"a":2}', "keys out of order"),
    ('{"\\ud83d\\ude00":1,"\\uffee":2}', "keys sorted by UTF-16 unit"),
    ('{"a":1,"a":2}', "a duplicate key"),
    ('{"a":1,"a":1}', "a duplicate key with the same value"),
    ('{"a": 1}', "a space after the colon"),
    ('{"a":1, "b":2}', "a space after the comma"),
    (' {"a":1}', "a space before"),
    ('{"a":1}\n', "a new line after"),
    ('{"a":1} ', "a space after"),
    ("", "no parameters"),
    ("{", "an open brace"),
    ("[", "an open bracket"),
    ("}", "a closing brace"),
    ("[1", "an array that ends early"),
    ('{"a"', "an object that ends after a key"),
    ('{"a":', "an object that ends after a colon"),
    ('{"a":1', "an object that ends after a value"),
    ("[1,]", "a trailing comma"),
    ('{"a":1,}', "a trailing comma in an object"),
    ("[,1]", "a leading comma"),
    ("[1,,2]", "two commas"),
    ("[1 2]", "no comma"),
    ("[1]]", "one bracket too many"),
    ("{}{}", "two values"),
    ("{}[]", "two values of different types"),
    ("[1}", "brackets that do not match"),
    ('{"a",1}', "a comma instead of a colon"),
    ("{a:1}", "a bare key"),
    ("{'a':1}", "single quotes"),
    ("{1:2}", "a number as a key"),
    ("{:1}", "no key"),
    ("null", "null is written as the empty string"),
    ('{"a":null}', "a nested null"),
    ("undefined", "the word undefined"),
    ("True", "true as Python writes it"),
    ("nan", "NaN as Python prints it"),
    ("NaN", "NaN as JavaScript prints it"),
    ("Infinity", "infinity"),
    ("-Infinity", "negative infinity"),
    ("-0", "the int -0 is 0"),
    ("00", "a leading zero"),
    ("01", "a leading zero before a digit"),
    ("+1", "a plus sign"),
    ("-", "a minus sign alone"),
    (".5", "no digit before the point"),
    ("1.", "no digit after the point"),
    ("1.50", "a trailing zero"),
    ("1e5", "an exponent in a number that is written without one"),
    ("1E+16", "a capital E"),
    ("1e16", "an exponent without a sign"),
    ("1.0e+16", "a fraction of zero before the exponent"),
    ("1e+016", "an exponent of three digits"),
    ("1e-7", "an exponent of one digit"),
    ("0.00001", "no exponent in a number that is written with one"),
    ("10000000000000000.0", "a float from 1e16 without an exponent"),
    ("0.1000000000000000055", "more digits than needed"),
    ("0.30000000000000001", "more digits than needed"),
    ("1e400", "a float above the largest double"),
    ("1e-400", "a float below the smallest double"),
    ("--1", "two signs"),
    ("1-1", "a subtraction"),
    ("0x10", "hexadecimal"),
    ("1_000", "an underscore"),
    ("1n", "a JavaScript bigint literal"),
    ('"é"', "an unescaped non-ASCII character"),
    ('"\x7f"', "an unescaped DEL"),
    ('"\n"', "an unescaped new line"),
    ('"\\u00E9"', "upper-case hex"),
    ('"\\u0041"', "an unnecessary escape"),
    ('"\\/"', "an escaped slash"),
    ('"\\u000a"', "a long escape instead of a short one"),
    ('"\\u0022"', "a long escape of the quotation mark"),
    ('"\\x41"', "an escape that JSON does not have"),
    ('"\\u12"', "an escape that ends early"),
    ('"\\"', "a string that does not end"),
    ('"a', "a string that does not end"),
    ("'a'", "single quotes"),
    ("\ufeff{}", "a byte order mark"),
    ("//c\n{}", "a comment"),
    ('{"a":[1,{"c":1,"b":2}]}', "nested keys out of order"),
]

INVALID_TOPICS = [
    ("", "no colon", "invalid_topic"),
    ("bars", "no colon", "invalid_topic"),
    ("{}", "no colon and no route", "invalid_topic"),
    (":{}", "no route", "invalid_route"),
    (" bars:{}", "a space before the route", "invalid_route"),
    ("bars :{}", "a space after the route", "invalid_route"),
    ("-bars:{}", "a route that starts with a dash", "invalid_route"),
    ("börse:{}", "a route with a non-ASCII character", "invalid_route"),
    ('{"a":1}', "parameters without a route", "invalid_route"),
    ("bars\n:{}", "a new line in the route", "invalid_route"),
    ("bars:AAPL:1", "a topic of the legacy dialect", "invalid_topic"),
    ("bars::{}", "two colons", "invalid_topic"),
]

CANONICAL = [
    ('""', "null or the empty string"),
    ("{}", "no parameters"),
    ("[]", "an empty array"),
    ("true", "true"),
    ("0", "zero"),
    ("-1", "a negative integer"),
    ("1.0", "a float without a fraction"),
    ("-0.0", "negative zero"),
    ("1e+16", "an exponent"),
    ("1e-05", "a small exponent"),
    ("5e-324", "the smallest float"),
    ("1.7976931348623157e+308", "the largest float"),
    ("9007199254740991", "the largest safe integer"),
    ("9007199254740993", "an integer beyond 2^53"),
    ("-9007199254740993", "a negative integer beyond 2^53"),
    ("18446744073709551616", "2^64"),
    ("1" + "0" * 308, "an integer of 309 digits"),
    ("1" + "0" * 309, "an integer beyond the largest double"),
    ("-" + "9" * 400, "a negative integer beyond the largest double"),
    ("9" * 4300, "an integer of 4300 digits"),
    ('{"__proto__":{"a":1},"constructor":2}', "property names of JavaScript objects as keys"),
    ('{"10":1,"2":2}', "numeric keys"),
    ('{"\\uffee":2,"\\ud83d\\ude00":1}', "keys sorted by code point"),
    ('"\\u007f\\u2028\\"\\\\/"', "escapes of all kinds"),
    ('"\\ud83d"', "a lone surrogate"),
    ('{"\\ud83d":"\\ude00"}', "lone surrogates in a key and a value"),
    ('{"a:b":":"}', "colons in a key and a value"),
    ("[" * 64 + "]" * 64, "64 nested arrays"),
]


def cases() -> Iterator[Case]:
    for params, why in CANONICAL:
        yield canonical(f"r:{params}", why)
    for params, why in NOT_CANONICAL:
        yield refused(f"bars:{params}", why, "invalid_topic")
    for topic, why, code in INVALID_TOPICS:
        yield refused(topic, why, code)
    yield refused("r:" + "[" * 65 + "]" * 65, "65 nested arrays", "invalid_topic")
    yield refused("r:" + "[" * 5000, "thousands of brackets", "invalid_topic")
    yield refused("r:" + "9" * 4301, "an integer of 4301 digits", "invalid_topic")
    yield Case(
        repeat("r:[", 30000), "tens of thousands of brackets and colons", TOPIC, refused="invalid_topic", op="parse"
    )
    yield Case(repeat("9", 200000), "digits without a colon", TOPIC, refused="invalid_topic", op="parse")
    for text in naughty_strings():
        yield canonical(build_topic("bars", {"symbol": text}), "a topic with a naughty string")
    rng = random.Random("parse")
    for _ in range(100):
        yield canonical(build_topic("r", random_value(rng, 3)), "a topic with a generated value")
    for text, why in [
        ("{}\x00", "NUL at the end"),
        ('{"a":1}\x00\x00', "two NULs at the end"),
        ('""\x00', "NUL after a string"),
        ("1\x00", "NUL after a number"),
        ("\x00{}", "NUL at the start"),
        ('{"a":1};', "a semicolon at the end"),
        ('{"a":1},', "a comma at the end"),
        ("{}//", "a comment at the end"),
        ("{}/**/", "a block comment at the end"),
        ("\ufeff{}", "a byte order mark at the start"),
        ("{}\ufeff", "a byte order mark at the end"),
        ("{}\x1a", "an end-of-file character at the end"),
        ("{}\r\n", "a line end after"),
        ("{}\x0b", "a vertical tab after"),
        ("{}\u00a0", "a no-break space after"),
        ("{}\u2028", "a line separator after"),
        ('"\x00"', "NUL without an escape"),
        ('"a\tb"', "a tab without an escape"),
        ('"\u00e9"', "a character outside ASCII without an escape"),
        ('{"\u00e9":1}', "a key outside ASCII without an escape"),
        ('{"0":1,"1":2,"10":3,"2":4,"a":null}', "null after sorted keys"),
    ]:
        yield refused(f"bars:{text}", why, "invalid_topic")
    for topic in ["bars\x00:{}", "bars\t:{}", "bars\r:{}", "\u212a:{}", "a\uff11:{}", "a~b:{}", "a@b:{}", "a%20b:{}", "\ufeffbars:{}"]:
        yield refused(topic, "a topic with an invalid route", "invalid_route")
    for params in ['{"$type":1}', '{"0":"a","1":"b"}', '"a, b: c"', '{"id":1,"type":2}', '"2026-01-02T03:04:05Z"', '"a:null,b"']:
        yield canonical(f"a..b:{params}", "a topic with parameters that look special")
    for bits in [31, 32, 53, 63, 64, 65, 128]:
        for value in [2**bits - 1, 2**bits, 2**bits + 1, -(2**bits)]:
            yield canonical(f"r:{value}", f"an integer next to 2^{bits}")


def canonical(topic: str, why: str) -> Case:
    return Case(topic, why, TOPIC, topic, op="parse")


def refused(topic: str, why: str, code: str) -> Case:
    return Case(topic, why, TOPIC, refused=code, op="parse")
