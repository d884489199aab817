"""One case before it is written, and the few things all themes need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from tagged import Tag, encode

CONTRACT = "topic contract"


@dataclass(frozen=True)
class Case:
    """``value`` is plain Python, with :class:`Tag` where Python has no such value.

    Without ``text`` or ``refused`` the reference says what is expected. With one of them the reference must agree, so
    that what the contract page says in so many words is also said here by hand.
    """

    value: Any
    why: str
    source: str = CONTRACT
    text: Optional[str] = None
    refused: Optional[str] = None
    op: str = "params"
    route: Optional[str] = None


def number(text: str) -> Tag:
    """A number of a language that does not tell int from float."""
    return Tag("$number", text)


def integer(value: int) -> Tag:
    """An integer that is written as one even where it is small."""
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
