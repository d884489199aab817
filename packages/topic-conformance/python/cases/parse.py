"""Topics taken apart: the canonical ones come back as they were, all others are refused."""

from __future__ import annotations

import random
from typing import Iterator

from topic_contract import build_topic

from .case import Case, repeat
from .generated import random_value
from .naughty import naughty_strings

PREFIX = "parse"
TOPIC = "topic contract, a topic is {route}:{params}"

# What other programs take for JSON, or for nearly the same JSON, and what it is not.
NOT_CANONICAL = [
    ('{"b":1,"a":2}', "keys out of order"),
    ('{"\\ud83d\\ude00":1,"\\uffee":2}', "keys in order of UTF-16 units"),
    ('{"a":1,"a":2}', "a key twice"),
    ('{"a":1,"a":1}', "a key twice with one value"),
    ('{"a": 1}', "a space after the colon"),
    ('{"a":1, "b":2}', "a space after the comma"),
    (' {"a":1}', "a space before"),
    ('{"a":1}\n', "a new line after"),
    ('{"a":1} ', "a space after"),
    ("", "nothing"),
    ("{", "an open brace"),
    ("[", "an open bracket"),
    ("}", "a closing brace"),
    ("[1", "an array that ends early"),
    ('{"a"', "an object that ends after a key"),
    ('{"a":', "an object that ends after a colon"),
    ('{"a":1', "an object that ends after a value"),
    ("[1,]", "a comma before the end"),
    ('{"a":1,}', "a comma before the end of an object"),
    ("[,1]", "a comma first"),
    ("[1,,2]", "two commas"),
    ("[1 2]", "no comma"),
    ("[1]]", "a bracket too many"),
    ("{}{}", "two values"),
    ("{}[]", "two values of two kinds"),
    ("[1}", "brackets that do not match"),
    ('{"a",1}', "a comma for a colon"),
    ("{a:1}", "a bare key"),
    ("{'a':1}", "single quotes"),
    ("{1:2}", "a number as a key"),
    ("{:1}", "no key"),
    ("null", "null is written as the empty string"),
    ('{"a":null}', "null inside"),
    ("undefined", "a word"),
    ("True", "Python's word"),
    ("nan", "not a number"),
    ("NaN", "not a number, as JavaScript has it"),
    ("Infinity", "infinity"),
    ("-Infinity", "negative infinity"),
    ("-0", "the int -0 is 0"),
    ("00", "a leading zero"),
    ("01", "a leading zero before a digit"),
    ("+1", "a plus sign"),
    ("-", "a minus sign alone"),
    (".5", "no digit before the point"),
    ("1.", "no digit after the point"),
    ("1.50", "a zero too many"),
    ("1e5", "an exponent where there is none"),
    ("1E+16", "a capital E"),
    ("1e16", "an exponent without a sign"),
    ("1.0e+16", "a fraction of zero"),
    ("1e+016", "an exponent of three digits"),
    ("1e-7", "an exponent of one digit"),
    ("0.00001", "no exponent where there is one"),
    ("10000000000000000.0", "a float of exponent 16 without the exponent form"),
    ("0.1000000000000000055", "more digits than needed"),
    ("0.30000000000000001", "more digits than needed"),
    ("1e400", "a float past the greatest"),
    ("1e-400", "a float below the least"),
    ("--1", "two signs"),
    ("1-1", "a sum"),
    ("0x10", "hexadecimal"),
    ("1_000", "an underscore"),
    ("1n", "JavaScript's bigint"),
    ('"é"', "a raw character beyond ASCII"),
    ('"\x7f"', "a raw DEL"),
    ('"\n"', "a raw new line"),
    ('"\\u00E9"', "upper-case hex"),
    ('"\\u0041"', "an escape that is not needed"),
    ('"\\/"', "an escaped slash"),
    ('"\\u000a"', "a long form where there is a short one"),
    ('"\\u0022"', "a long form of the quotation mark"),
    ('"\\x41"', "an escape that JSON does not have"),
    ('"\\u12"', "an escape that ends early"),
    ('"\\"', "a string that does not end"),
    ('"a', "a string that does not end"),
    ("'a'", "single quotes"),
    ("\ufeff{}", "a byte order mark"),
    ("//c\n{}", "a comment"),
    ('{"a":[1,{"c":1,"b":2}]}', "inner keys out of order"),
]

NO_TOPIC = [
    ("", "no colon", "invalid_topic"),
    ("bars", "no colon", "invalid_topic"),
    ("{}", "no colon and no route", "invalid_topic"),
    (":{}", "no route", "invalid_route"),
    (" bars:{}", "a space before the route", "invalid_route"),
    ("bars :{}", "a space after the route", "invalid_route"),
    ("-bars:{}", "a route that starts with a dash", "invalid_route"),
    ("börse:{}", "a route beyond ASCII", "invalid_route"),
    ('{"a":1}', "parameters without a route", "invalid_route"),
    ("bars\n:{}", "a new line in the route", "invalid_route"),
    ("bars:AAPL:1", "the older dialect's topic is none of ours", "invalid_topic"),
    ("bars::{}", "two colons", "invalid_topic"),
]

CANONICAL = [
    ('""', "null or the empty string"),
    ("{}", "no parameters"),
    ("[]", "an empty array"),
    ("true", "true alone"),
    ("0", "zero"),
    ("-1", "a negative integer"),
    ("1.0", "a float stays a float"),
    ("-0.0", "negative zero"),
    ("1e+16", "an exponent"),
    ("1e-05", "a small exponent"),
    ("5e-324", "the least float"),
    ("1.7976931348623157e+308", "the greatest float"),
    ("9007199254740991", "the greatest safe integer"),
    ("9007199254740993", "an integer past 2^53"),
    ("-9007199254740993", "a negative integer past 2^53"),
    ("18446744073709551616", "2^64"),
    ("1" + "0" * 308, "an integer of 309 digits"),
    ("1" + "0" * 309, "an integer past the greatest double"),
    ("-" + "9" * 400, "a negative integer past the greatest double"),
    ("9" * 4300, "an integer of 4300 digits"),
    ('{"__proto__":{"a":1},"constructor":2}', "keys that JavaScript's objects have"),
    ('{"10":1,"2":2}', "keys that look like numbers"),
    ('{"\\uffee":2,"\\ud83d\\ude00":1}', "keys in order of code points"),
    ('"\\u007f\\u2028\\"\\\\/"', "escapes of all kinds"),
    ('"\\ud83d"', "a lone surrogate"),
    ('{"\\ud83d":"\\ude00"}', "lone surrogates in key and value"),
    ('{"a:b":":"}', "colons inside"),
    ("[" * 64 + "]" * 64, "64 nested arrays"),
]


def cases() -> Iterator[Case]:
    for params, what in CANONICAL:
        yield canonical(f"r:{params}", what)
    for params, what in NOT_CANONICAL:
        yield refused(f"bars:{params}", what, "invalid_topic")
    for topic, what, code in NO_TOPIC:
        yield refused(topic, what, code)
    yield refused("r:" + "[" * 65 + "]" * 65, "65 nested arrays", "invalid_topic")
    yield refused("r:" + "[" * 5000, "brackets by the thousand", "invalid_topic")
    yield refused("r:" + "9" * 4301, "an integer of 4301 digits", "invalid_topic")
    yield Case(
        repeat("r:[", 30000), "brackets and colons by the ten thousand", TOPIC, refused="invalid_topic", op="parse"
    )
    yield Case(repeat("9", 200000), "digits without a colon", TOPIC, refused="invalid_topic", op="parse")
    for text in naughty_strings():
        yield canonical(build_topic("bars", {"symbol": text}), "a topic of a naughty string")
    chance = random.Random("parse")
    for _ in range(100):
        yield canonical(build_topic("r", random_value(chance, 3)), "a topic of a generated value")


def canonical(topic: str, what: str) -> Case:
    return Case(topic, what, TOPIC, topic, op="parse")


def refused(topic: str, what: str, code: str) -> Case:
    return Case(topic, what, TOPIC, refused=code, op="parse")
