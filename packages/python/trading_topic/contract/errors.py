"""The error for invalid values and topics."""

from __future__ import annotations

from typing import Optional

# The problem and the remedy of each error code. Codes that Python values cannot cause, such as ambiguous_number, are
# omitted.
REMEDIES = {
    "unsupported_type": "is not plain data: pass dict, list, tuple, str, int, float, bool or None, no subclasses",
    "not_finite": "is not a JSON number: pass a finite number",
    "integer_too_long": "has more than 4300 digits: pass a string",
    "too_deep": "is nested deeper than 64 containers: flatten it",
    "cycle": "contains itself: break the cycle",
    "too_long": "gives a text of more than 16777216 characters: shorten it",
    "lone_surrogate": "is a key with a split surrogate pair, which sorts differently elsewhere: join the halves",
    "invalid_route": "is not a route name: use letters, digits, - _ . and start with a letter or digit",
    "invalid_topic": "is not a canonical topic: build it with build_topic",
}


class TopicError(ValueError):
    """Raised for an invalid value, route name or topic.

    ``code`` is stable and intended for programs. ``path`` is the JSON Pointer (RFC 6901) to the invalid value, ``""``
    for the top level. The message is intended for people.
    """

    def __init__(self, code: str, path: str, value: object, note: Optional[str] = None) -> None:
        self.code = code
        self.path = path
        where = path or "the top level"
        super().__init__(f"{_preview(value)} at {where} {note or REMEDIES[code]} ({code})")


def _preview(value: object) -> str:
    """Returns a short description of at most about 40 characters. Never calls methods of the value."""
    if type(value) is str:
        text = ascii(value[:40])
    elif type(value) in (int, float, bool) and not (type(value) is int and value.bit_length() > 128):
        text = repr(value)
    else:
        text = type(value).__name__
    return text if len(text) <= 40 else f"{text[:40]}..."
