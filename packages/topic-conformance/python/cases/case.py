"""The class of a case, and helper functions for values that need a tag."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from tagged import Tag, encode

CONTRACT = "PROTOCOL.md, Topics"


@dataclass(frozen=True)
class Case:
    """A case. ``value`` is a Python value that can contain :class:`Tag` for values that Python does not have.

    Without ``text`` and ``refused``, the expected result is the result of the reference. With one of them, the
    generator checks that the reference returns the same result. Use them for results that the contract states.
    """

    value: Any
    why: str
    source: str = CONTRACT
    text: Optional[str] = None
    refused: Optional[str] = None
    op: str = "params"
    route: Optional[str] = None
    # For a long text: the vector contains its length and its hash instead of the text.
    hashed: bool = False


def number(text: str) -> Tag:
    """Returns a number of a language without separate int and float types."""
    return Tag("$number", text)


def integer(value: int) -> Tag:
    """Returns an integer that is tagged even if it is small."""
    return Tag("$int", str(value))


def repeat(text: str, count: int) -> Tag:
    return Tag("$repeat", [text, count])


def nest(kind: str, depth: int) -> Tag:
    return Tag("$nest", [kind, depth])


def shared(kind: str, levels: int, leaf: Any) -> Tag:
    return Tag("$shared", [kind, levels, encode(leaf)])


def host(kind: str) -> Tag:
    return Tag("$host", kind)


UNDEFINED = Tag("$undefined", True)
