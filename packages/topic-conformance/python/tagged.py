"""Converts tagged values (docs/vectors.md) to Python values and back."""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import re
from typing import Any, Callable, Dict, List, Set, Tuple

from topic_contract import TopicError
from topic_contract.integers import digits_of, integer_of

MAX_SAFE_INTEGER = 2**53 - 1
_SURROGATE = re.compile("[\ud800-\udfff]")


class Tag:
    """A value that Python cannot express, for use in cases: ``Tag("$cycle", "array")``."""

    def __init__(self, name: str, argument: Any) -> None:
        self.name = name
        self.argument = argument


def encode(value: Any) -> Any:
    """Returns the tagged value of a Python value that can contain :class:`Tag`."""
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is str:
        return {"$utf16": utf16_hex(value)} if _SURROGATE.search(value) else value
    if kind is int:
        return value if abs(value) <= MAX_SAFE_INTEGER else {"$int": digits_of(value)}
    if kind is float:
        return {"$float": repr(value)}
    if kind is list:
        return [encode(item) for item in value]
    if kind is dict:
        members = [(encode(key), encode(item)) for key, item in value.items()]
        if all(type(key) is str and not key.startswith("$") for key, _ in members):
            return dict(members)
        return {"$object": [[key, item] for key, item in members]}
    if kind is Tag:
        return {value.name: value.argument}
    raise TypeError(f"a case cannot contain a {kind.__name__}")


def decode(tagged: Any) -> Any:
    """Returns the Python value of a tagged value. ``$undefined`` becomes None. ``$number`` becomes an int or a float,
    depending on its value.

    :raises TopicError: if a ``$number`` is ambiguous
    :raises KeyError: for a host value that Python does not have
    """
    kind = type(tagged)
    if kind is dict:
        if len(tagged) == 1:
            (name,) = tagged
            if name.startswith("$"):
                return _DECODERS[name](tagged[name])
        return {key: decode(item) for key, item in tagged.items()}
    if kind is list:
        return [decode(item) for item in tagged]
    return tagged


def features(tagged: Any) -> List[str]:
    """Returns the features that a tagged value requires, sorted."""
    found: Set[str] = set()
    _collect(tagged, found)
    return sorted(found)


_FEATURE_OF_TAG = {
    "$float": "float",
    "$int": "bigint",
    "$number": "untyped-number",
    "$undefined": "undefined",
    "$cycle": "cycle",
    "$shared": "shared",
}


def _collect(tagged: Any, found: Set[str]) -> None:
    if type(tagged) is list:
        for item in tagged:
            _collect(item, found)
    elif type(tagged) is dict:
        for name, item in tagged.items():
            if name in _FEATURE_OF_TAG:
                found.add(_FEATURE_OF_TAG[name])
            elif name == "$host":
                found.add(f"host-{item}")
            elif name == "$utf16" and _SURROGATE.search(_utf16(item)):
                found.add("lone-surrogate")
            _collect(item, found)


def utf16_hex(text: str) -> str:
    return text.encode("utf-16-be", "surrogatepass").hex()


def _utf16(units: str) -> str:
    return bytes.fromhex(units).decode("utf-16-be", "surrogatepass")


def _number(text: str) -> Any:
    value = float(text)
    if not value.is_integer():
        return value
    if abs(value) > MAX_SAFE_INTEGER:
        raise TopicError("ambiguous_number", "", value, "can be rounded: use $int or $float instead")
    return int(value)


def _repeat(argument: Tuple[str, int]) -> str:
    text, count = argument
    return text * count


def _nest(argument: Tuple[str, int]) -> Any:
    kind, depth = argument
    value: Any = [] if kind == "array" else {}
    for _ in range(depth - 1):
        value = [value] if kind == "array" else {"a": value}
    return value


def _cycle(kind: str) -> Any:
    if kind == "array":
        items: List[Any] = []
        items.append(items)
        return items
    members: Dict[str, Any] = {}
    members["self"] = members
    return members


def _shared(argument: Tuple[str, int, Any]) -> Any:
    kind, levels, leaf = argument
    value = decode(leaf)
    for _ in range(levels):
        value = [value, value] if kind == "array" else {"a": value, "b": value}
    return value


_Point = collections.namedtuple("_Point", "x y")


class _Instance:
    def __init__(self) -> None:
        self.a = 1


class _Text(str):
    pass


class _Float(float):
    pass


class _List(list):
    pass


class _Side(enum.IntEnum):
    BUY = 1


_HOSTS: Dict[str, Callable[[], Any]] = {
    "array-subclass": lambda: _List([1]),
    "bytes": lambda: b"a",
    "complex": lambda: 1j,
    "date": lambda: datetime.date(2026, 1, 2),
    "decimal": lambda: decimal.Decimal("1.5"),
    "error": lambda: ValueError("a"),
    "float-subclass": lambda: _Float(1.5),
    "function": lambda: len,
    "generator": lambda: (number for number in (1, 2)),
    "instance": _Instance,
    "integer-subclass": lambda: _Side.BUY,
    "named-tuple": lambda: _Point(1, 2),
    "non-string-key": lambda: {1: "a"},
    "object-subclass": lambda: collections.OrderedDict(a=1),
    "regexp": lambda: re.compile("a"),
    "set": lambda: {1},
    "split-surrogate-key": lambda: {"\ud83d\ude00": 1},
    "string-subclass": lambda: _Text("a"),
    "tuple": lambda: (1, "a"),
}

HOST_FEATURES = [f"host-{kind}" for kind in _HOSTS]

_DECODERS: Dict[str, Callable[[Any], Any]] = {
    "$float": float,
    "$int": integer_of,
    "$utf16": _utf16,
    "$number": _number,
    "$undefined": lambda _: None,
    "$object": lambda members: {decode(key): decode(item) for key, item in members},
    "$repeat": _repeat,
    "$nest": _nest,
    "$cycle": _cycle,
    "$shared": _shared,
    "$host": lambda kind: _HOSTS[kind](),
}
