"""Values that are refused, and unusual values that are accepted."""

from __future__ import annotations

from typing import Iterator

from .case import UNDEFINED, Case, host, repeat, shared

PREFIX = "refuse"
ANYTHING_ELSE = "PROTOCOL.md, Topics: all other values"
LENGTH = "docs/vectors.md, length-limit"

UNSUPPORTED = [
    "date",
    "map",
    "set",
    "function",
    "symbol",
    "regexp",
    "error",
    "promise",
    "generator",
    "bytes",
    "array-buffer",
    "boxed-number",
    "boxed-string",
    "boxed-boolean",
    "instance",
    "array-subclass",
    "to-json",
    "non-string-key",
    "decimal",
    "complex",
    "string-subclass",
    "integer-subclass",
    "float-subclass",
    "object-subclass",
    "named-tuple",
]
OTHER_CODES = {
    "accessor": "accessor",
    "symbol-key": "symbol_key",
    "sparse-array": "sparse_array",
    "named-array": "sparse_array",
    "proxy-throws": "unreadable",
    "split-surrogate-key": "lone_surrogate",
}
ACCEPTED = {
    "tuple": '[1,"a"]',
    "null-prototype": '{"a":2,"b":1}',
    "other-realm": '{"a":{},"b":[1]}',
    "non-enumerable": '{"a":1}',
    "plain-proxy": '{"a":2,"b":1}',
}


def cases() -> Iterator[Case]:
    for kind, code in {**{kind: "unsupported_type" for kind in UNSUPPORTED}, **OTHER_CODES}.items():
        yield Case(host(kind), f"host value {kind}", ANYTHING_ELSE, refused=code)
        yield Case({"a": [1, host(kind)]}, f"nested host value {kind}", ANYTHING_ELSE, refused=code)
    for kind, text in ACCEPTED.items():
        yield Case(host(kind), f"host value {kind} is plain data", ANYTHING_ELSE, text)
        yield Case({"k": [host(kind)]}, f"nested host value {kind} is plain data", ANYTHING_ELSE, f'{{"k":[{text}]}}')

    yield Case(UNDEFINED, "undefined is written like null", "PROTOCOL.md, Topics: null", '""')
    yield Case([UNDEFINED, 1], "undefined in an array keeps its position", "PROTOCOL.md, Topics: null", '["",1]')
    yield Case(
        {"a": UNDEFINED, "b": 1}, "an undefined member is not dropped", "PROTOCOL.md, Topics: null", '{"a":"","b":1}'
    )

    yield Case(repeat("x", 2**24 + 1), "a string beyond the maximum length", LENGTH, refused="too_long")
    yield Case(
        ["a", repeat("x", 2**24)],
        "a nested string that exceeds the maximum length with its siblings",
        LENGTH,
        refused="too_long",
    )
    yield Case(
        [repeat("x", 2**23), repeat("y", 2**23)],
        "strings that together exceed the maximum length",
        LENGTH,
        refused="too_long",
    )
    yield Case(
        [repeat("é", 2**22)],
        "a nested string that exceeds the maximum length with its escapes",
        LENGTH,
        refused="too_long",
    )
    yield Case(
        repeat("é", 2**22), "a string that exceeds the maximum length with its escapes", LENGTH, refused="too_long"
    )
    yield Case(
        repeat("x", 2**24 - 1),
        "a string that exceeds the maximum length with its quotation marks",
        LENGTH,
        refused="too_long",
    )
    for kind in ["array", "object"]:
        yield Case(
            shared(kind, 40, repeat("x", 2**16)),
            "forty small containers whose text has 2^56 characters",
            LENGTH,
            refused="too_long",
        )
    # Each text has 16,777,217 characters, one more than the maximum.
    yield Case(
        [repeat("x", 2**24 - 3)],
        "an array that exceeds the maximum length with its closing bracket",
        LENGTH,
        refused="too_long",
    )
    yield Case(
        {"a": repeat("x", 2**24 - 7)},
        "an object that exceeds the maximum length with its closing brace",
        LENGTH,
        refused="too_long",
    )
    # Texts of exactly 16,777,216 characters.
    for value in [repeat("x", 2**24 - 2), [repeat("x", 2**24 - 4)], {"a": repeat("x", 2**24 - 8)}]:
        yield Case(value, "a text of exactly the maximum length is accepted", LENGTH, hashed=True)
    yield Case(
        [repeat("\u00e9", 2**21), repeat("x", 2**22 - 7)],
        "a text of exactly the maximum length with escapes is accepted",
        LENGTH,
        hashed=True,
    )
    yield Case(
        [repeat("\u00e9", 2**21), repeat("x", 2**22 - 6)],
        "a text that exceeds the maximum length by one with escapes",
        LENGTH,
        refused="too_long",
    )
