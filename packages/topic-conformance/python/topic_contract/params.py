"""The canonical serializer. It is written from the contract and calls nothing of the ``json`` module."""

from __future__ import annotations

import math
import re
from typing import Any, Dict, List, Optional, Sequence, Union

from .errors import TopicError
from .integers import digits_of

#: Containers may nest this deep; one more is refused.
MAX_DEPTH = 64

#: The longest text that is built, in characters. A value can share its parts, so that 60 small lists stand for 2**60
#: values: without a bound on the output such an input would hang the process.
MAX_LENGTH = 2**24

#: CPython's own default limit on the text of an int. It is part of the contract, so it holds as well in Pythons that
#: have another limit (``sys.set_int_max_str_digits``) or none (before 3.11).
MAX_INTEGER_DIGITS = 4300

_INTEGER_LIMIT = 10**MAX_INTEGER_DIGITS
_ESCAPED = re.compile(r"[^ !#-\[\]-~]")
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f", "\b": "\\b"}
_SPLIT_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def build_topic_params(value: object) -> str:
    """The canonical text of a value, always printable ASCII.

    Takes dict with str keys, list, tuple (written as a list), str, int, float, bool and None (written as ``""``), and
    exactly these types: an instance of a subclass, an enum member or a named tuple for example, may mean something else
    than its base, so it is refused, never guessed.

    :raises TopicError: with ``code``, ``path`` (JSON Pointer) and what to pass instead
    """
    return _Writer().text(value)


class _Writer:
    """One run: the pieces of the text so far, and the way from the root to the value being written."""

    def __init__(self) -> None:
        self.pieces: List[str] = []
        self.length = 0
        self.open: List[object] = []
        self.path: List[Union[str, int]] = []

    def text(self, value: object) -> str:
        self.write(value)
        return "".join(self.pieces)

    def write(self, value: Any) -> None:
        # By exact type: bool is a subclass of int, and subclasses are refused.
        kind = type(value)
        if kind is str:
            self.put_string(value)
        elif value is None:
            self.put('""')
        elif kind is bool:
            self.put("true" if value else "false")
        elif kind is int:
            self.put(self.integer(value))
        elif kind is float:
            if not math.isfinite(value):
                raise self.refusal("not_finite", value)
            self.put(repr(value))
        elif kind is dict:
            self.enter(value)
            self.write_object(value)
            self.open.pop()
        elif kind is list or kind is tuple:
            self.enter(value)
            self.write_array(value)
            self.open.pop()
        else:
            raise self.refusal("unsupported_type", value)

    def enter(self, container: object) -> None:
        if len(self.open) == MAX_DEPTH:
            raise self.refusal("too_deep", container)
        if any(outer is container for outer in self.open):
            raise self.refusal("cycle", container)
        self.open.append(container)

    def write_array(self, items: Sequence[object]) -> None:
        self.put("[")
        for index, item in enumerate(items):
            if index > 0:
                self.put(",")
            self.path.append(index)
            self.write(item)
            self.path.pop()
        self.put("]")

    def write_object(self, members: Dict[str, object]) -> None:
        for key in members:
            self.check_key(key, members)
        self.put("{")
        # Python compares strings by code point, which is the order of the contract.
        for index, key in enumerate(sorted(members)):
            if index > 0:
                self.put(",")
            self.path.append(key)
            self.put_string(key)
            self.put(":")
            self.write(members[key])
            self.path.pop()
        self.put("}")

    def check_key(self, key: object, members: object) -> None:
        if type(key) is not str:
            note = f"has the key {_key_preview(key)}, which is no str: write its text"
            raise self.refusal("unsupported_type", members, note)
        # As a value a split pair has the bytes of the joined one. As a key it would also sort by its first half, where
        # no other language sorts it, and could stand beside its joined twin.
        if not key.isascii() and _SPLIT_PAIR.search(key):
            self.path.append(key)
            raise self.refusal("lone_surrogate", key)

    def put_string(self, text: str) -> None:
        if len(text) > MAX_LENGTH:
            raise self.refusal("too_long", text)
        self.put(f'"{_ESCAPED.sub(_escape, text)}"')

    def put(self, piece: str) -> None:
        self.length += len(piece)
        if self.length > MAX_LENGTH:
            raise self.refusal("too_long", self.open[-1] if self.open else piece)
        self.pieces.append(piece)

    def integer(self, value: int) -> str:
        if not -_INTEGER_LIMIT < value < _INTEGER_LIMIT:
            raise self.refusal("integer_too_long", value)
        return digits_of(value)

    def refusal(self, code: str, value: object, note: Optional[str] = None) -> TopicError:
        return TopicError(code, _pointer(self.path), value, note)


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    short = _SHORT.get(character)
    if short is not None:
        return short
    point = ord(character)
    if point < 0x10000:
        return f"\\u{point:04x}"
    offset = point - 0x10000
    return f"\\u{0xD800 + (offset >> 10):04x}\\u{0xDC00 + (offset & 0x3FF):04x}"


def _key_preview(key: object) -> str:
    return repr(key) if type(key) in (int, float, bool, type(None)) else f"of the type {type(key).__name__}"


def _pointer(path: List[Union[str, int]]) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
