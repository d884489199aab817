"""Naughty strings as values."""

from __future__ import annotations

from typing import Iterator, Set

from .case import Case, repeat
from .naughty import NAUGHTY

PREFIX = "naughty"
SOURCE = "list of naughty strings (python/cases/naughty.py)"


def cases() -> Iterator[Case]:
    seen: Set[str] = set()
    for category, texts in NAUGHTY.items():
        for text in texts:
            if text not in seen:
                seen.add(text)
                yield Case({"symbol": text}, f"{category}, as a value", SOURCE)
    yield Case(repeat("null ", 1000), "a long string of repeated words", SOURCE)
    yield Case(repeat("👩\u200d🚀", 300), "a long string of joined emoji", SOURCE)
    yield Case(repeat("{[(", 500), "a long string of opening brackets", SOURCE)
    yield Case(repeat("\u0301", 1000), "a thousand combining accents without a base character", SOURCE)
