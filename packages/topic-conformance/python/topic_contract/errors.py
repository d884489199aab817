"""Why a value or a topic was refused."""

from __future__ import annotations

from typing import Optional

# What is wrong and what to write instead, one sentence a code. TypeScript's codes that Python values cannot cause
# (a number that may be int or float, say) are not here.
REMEDIES = {
    "unsupported_type": "is not plain data: pass dict, list, tuple, str, int, float, bool or None, no subclasses",
    "not_finite": "is no JSON number: pass a finite one",
    "integer_too_long": "has more than 4300 digits: pass a string",
    "too_deep": "is nested deeper than 64 containers: flatten it",
    "cycle": "contains itself: break the cycle",
    "too_long": "makes more than 16777216 characters: shorten it",
    "lone_surrogate": "is a key with the halves of a surrogate pair apart: join them, or it sorts unlike elsewhere",
    "invalid_route": "is no route name: write letters, digits, - _ . and start with a letter or digit",
    "invalid_topic": "is not a canonical topic: build it with build_topic",
}


class TopicError(ValueError):
    """The value cannot be what it is used as. Nothing was lost or changed.

    ``code`` is stable and meant for programs; ``path`` is the JSON Pointer (RFC 6901) to the offending value, ``""``
    for the top level; the message is for people.
    """

    def __init__(self, code: str, path: str, value: object, note: Optional[str] = None) -> None:
        self.code = code
        self.path = path
        where = path or "the top level"
        super().__init__(f"{_preview(value)} at {where} {note or REMEDIES[code]} ({code})")


def _preview(value: object) -> str:
    """At most 40 characters, without running code of the value's own and without printing a huge one."""
    if type(value) is str:
        text = ascii(value[:40])
    elif type(value) in (int, float, bool) and not (type(value) is int and value.bit_length() > 128):
        text = repr(value)
    else:
        text = type(value).__name__
    return text if len(text) <= 40 else f"{text[:40]}..."
