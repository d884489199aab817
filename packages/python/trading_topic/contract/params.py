"""The canonical serializer. It states every rule, and reports the path to what is invalid."""

from __future__ import annotations

import math
import re
from json.encoder import encode_basestring_ascii
from typing import Any, Dict, List, Optional, Sequence, Union

from .errors import TopicError
from .fast import build_fast
from .integers import digits_of
from .limits import MAX_DEPTH, MAX_INTEGER_DIGITS, MAX_LENGTH

_INTEGER_LIMIT = 10**MAX_INTEGER_DIGITS
_SPLIT_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def build_topic_params(value: object) -> str:
    """Returns the canonical text of a value. The text is always printable ASCII.

    Accepts dict with str keys, list, tuple (written as a list), str, int, float, bool and None (written as ``""``).
    Instances of subclasses, such as enum members and named tuples, are refused, because their meaning can differ from
    that of the base class.

    :raises TopicError: with ``code``, ``path`` (JSON Pointer) and the remedy in the message
    """
    text = build_fast(value)
    return build_carefully(value) if text is None else text


def build_carefully(value: object) -> str:
    """Returns the same text without the fast path, or raises the error."""
    return _Writer().text(value)


class _Writer:
    """The state of one call: the text so far, the open containers, and the path to the current value."""

    def __init__(self) -> None:
        self.pieces: List[str] = []
        self.length = 0
        self.open: List[object] = []
        self.path: List[Union[str, int]] = []

    def text(self, value: object) -> str:
        self.write(value)
        return "".join(self.pieces)

    def write(self, value: Any) -> None:
        # Compares exact types, because subclasses are refused and bool is a subclass of int.
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
        # Python sorts strings by code point, as the contract requires.
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
            note = f"has the key {_key_preview(key)}, which is not a str: convert the key to a str"
            raise self.refusal("unsupported_type", members, note)
        # As a value, a split surrogate pair has the same text as the joined character. As a key it is refused, because
        # it would sort by its first half, unlike in other languages, and could duplicate the joined character.
        if not key.isascii() and _SPLIT_PAIR.search(key):
            self.path.append(key)
            raise self.refusal("lone_surrogate", key)

    def put_string(self, text: str) -> None:
        # Escaping never shortens a text, so its length decides before it is escaped.
        if self.length + len(text) > MAX_LENGTH:
            raise self.too_long(text)
        self.put(encode_basestring_ascii(text))

    def put(self, piece: str) -> None:
        self.length += len(piece)
        if self.length > MAX_LENGTH:
            raise self.too_long(piece)
        self.pieces.append(piece)

    def too_long(self, piece: str) -> TopicError:
        return self.refusal("too_long", self.open[-1] if self.open else piece)

    def integer(self, value: int) -> str:
        if not -_INTEGER_LIMIT < value < _INTEGER_LIMIT:
            raise self.refusal("integer_too_long", value)
        return digits_of(value)

    def refusal(self, code: str, value: object, note: Optional[str] = None) -> TopicError:
        return TopicError(code, _pointer(self.path), value, note)


def _key_preview(key: object) -> str:
    return repr(key) if type(key) in (int, float, bool, type(None)) else f"of the type {type(key).__name__}"


def _pointer(path: List[Union[str, int]]) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
