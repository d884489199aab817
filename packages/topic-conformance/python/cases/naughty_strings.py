"""The naughty strings as values."""

from __future__ import annotations

from typing import Iterator, Set

from .case import Case, repeat
from .naughty import NAUGHTY

PREFIX = "naughty"
SOURCE = "naughty-string list of this kit"


def cases() -> Iterator[Case]:
    seen: Set[str] = set()
    for what, texts in NAUGHTY.items():
        for text in texts:
            if text not in seen:
                seen.add(text)
                yield Case({"symbol": text}, f"{what}, as a value", SOURCE)
    yield Case(repeat("null ", 1000), "a long text of words", SOURCE)
    yield Case(repeat("👩\u200d🚀", 300), "a long row of joined emoji", SOURCE)
    yield Case(repeat("{[(", 500), "a long row of opening brackets in a string", SOURCE)
    yield Case(repeat("\u0301", 1000), "a thousand accents on nothing", SOURCE)
