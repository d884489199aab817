"""Builds the text of valid values with the encoder of the ``json`` module, which is written in C.

:func:`build_fast` returns None for any value that it cannot vouch for: invalid values, and texts that are very long. The
careful serializer in ``params.py`` then decides, and reports the path to what is invalid. So each rule is stated there,
and this module only has to be conservative.
"""

from __future__ import annotations

import json
from typing import Any, Dict, Optional

from .limits import MAX_DEPTH

#: The lengths are checked before the text is built, because a small value can share its parts and have an endless text.
#: Longer texts than this are left to the careful serializer.
_MAX_LENGTH = 2**20

#: Integers beyond this are converted in portions, independently of the limit of the process.
_LONG_INTEGER = 10**600

#: Containers with at most this many members are checked one by one; for larger ones it pays to look at all types first.
_SMALL = 8

_encode = json.JSONEncoder(separators=(",", ":"), sort_keys=True, allow_nan=False, check_circular=False).encode

_STRINGS = {str}
_INTEGERS = {int}
_FLAGS_AND_FLOATS = {bool, float}


def build_fast(value: object) -> Optional[str]:
    """Returns the canonical text of a value, or None if the careful serializer has to decide."""
    checker = _Checker()
    try:
        return _encode(checker.value(value, 0))
    # ValueError: a float that is not finite.
    except (_Undecided, ValueError):
        return None


class _Undecided(Exception):
    """The value is invalid, or may be."""


class _Checker:
    """Checks a value, and replaces None with the empty string. Copies only containers in which that is necessary."""

    __slots__ = ("length",)

    def __init__(self) -> None:
        # Characters of keys and values so far, without escapes.
        self.length = 0

    def value(self, value: Any, depth: int) -> Any:
        # One function for all kinds of values: a call costs as much as everything else that is done for a small value.
        kind = type(value)
        if kind is str:
            self.length += len(value)
            if self.length > _MAX_LENGTH:
                raise _Undecided
            return value
        if kind is int:
            if -_LONG_INTEGER < value < _LONG_INTEGER:
                return value
            raise _Undecided
        if value is None:
            return ""
        if kind is bool or kind is float:
            return value
        if kind is not dict and kind is not list and kind is not tuple or depth == MAX_DEPTH:
            raise _Undecided
        # At least a character for each member and its comma, and the brackets.
        self.length += 2 + 2 * len(value)
        if self.length > _MAX_LENGTH:
            raise _Undecided
        if kind is dict:
            if len(value) > _SMALL:
                return self.large_dict(value, depth)
            result = {}
            for key, member in value.items():
                if type(key) is not str or not key.isascii():
                    self.check_keys({key: member})
                self.length += len(key)
                result[key] = self.value(member, depth + 1)
            return result
        if len(value) > _SMALL and self.is_flat(value):
            return value
        return [self.value(item, depth + 1) for item in value]

    def large_dict(self, members: Dict[Any, Any], depth: int) -> Any:
        self.check_keys(members)
        self.length += sum(map(len, members))
        if self.is_flat(members.values()):
            return members
        return {key: self.value(member, depth + 1) for key, member in members.items()}

    def check_keys(self, members: Dict[Any, Any]) -> None:
        if set(map(type, members)) != _STRINGS:
            raise _Undecided
        keys = "".join(members)
        if not keys.isascii():
            try:
                keys.encode()
            except UnicodeEncodeError:
                # Only the careful serializer looks for split surrogate pairs.
                raise _Undecided from None

    def is_flat(self, values: Any) -> bool:
        """Returns whether all values are scalars of one kind, which need no further check."""
        kinds = set(map(type, values))
        if kinds == _STRINGS:
            self.length += sum(map(len, values))
            if self.length > _MAX_LENGTH:
                raise _Undecided
            return True
        if kinds == _INTEGERS:
            return bool(-_LONG_INTEGER < min(values) and max(values) < _LONG_INTEGER)
        return kinds <= _FLAGS_AND_FLOATS
