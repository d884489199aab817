"""Random values from a fixed seed, and functions that generate random values."""

from __future__ import annotations

import random
import struct
from typing import Any, Iterator

from .case import Case
from .naughty import naughty_strings

PREFIX = "gen"
SOURCE = "generated from a fixed seed"
NAUGHTY = naughty_strings()


def cases() -> Iterator[Case]:
    rng = random.Random("topic vectors 1")
    for _ in range(400):
        yield Case(random_value(rng, 3), "a generated value", SOURCE)
    for _ in range(100):
        yield Case({random_text(rng): index for index in range(rng.randrange(2, 30))}, "generated keys", SOURCE)
    for _ in range(100):
        yield Case([random_float(rng) for _ in range(8)], "generated floats", SOURCE)


def random_value(rng: random.Random, depth: int) -> Any:
    """Returns a random value that the contract accepts. Its strings can contain lone surrogates."""
    kind = rng.randrange(10 if depth > 0 else 7)
    if kind == 0:
        return rng.choice([None, True, False])
    if kind == 1:
        return rng.randrange(-(2**53) + 1, 2**53) >> rng.randrange(53)
    if kind == 2:
        return rng.getrandbits(rng.randrange(54, 400)) * rng.choice([1, -1])
    if kind == 3:
        return random_float(rng)
    if kind <= 6:
        return random_text(rng)
    if kind == 7:
        return [random_value(rng, depth - 1) for _ in range(rng.randrange(5))]
    return {random_text(rng): random_value(rng, depth - 1) for _ in range(rng.randrange(6))}


def random_float(rng: random.Random) -> float:
    kind = rng.randrange(4)
    if kind == 0:
        # Random bits. If they are infinity or NaN, one bit of the exponent is cleared.
        bits = rng.getrandbits(64)
        if bits >> 52 & 0x7FF == 0x7FF:
            bits ^= 1 << 62
        return struct.unpack("<d", struct.pack("<Q", bits))[0]
    if kind == 1:
        return rng.randrange(-(10**6), 10**6) / 10 ** rng.randrange(12)
    if kind == 2:
        return float(rng.getrandbits(rng.randrange(1, 80)))
    return rng.uniform(-1, 1) * 10.0 ** rng.randrange(-8, 20)


def random_text(rng: random.Random) -> str:
    kind = rng.randrange(4)
    if kind == 0:
        return rng.choice(NAUGHTY)
    return join_pairs("".join(chr(random_point(rng)) for _ in range(rng.randrange(7))))


def random_point(rng: random.Random) -> int:
    low, high = rng.choice(
        [(0x20, 0x7F), (0x20, 0x7F), (0, 0x100), (0x2000, 0x2100), (0xD7F0, 0xE010), (0xFFE0, 0x10010), (0, 0x110000)]
    )
    return rng.randrange(low, high)


def join_pairs(text: str) -> str:
    """Joins adjacent surrogate halves to one character, because other languages read them as one character."""
    return text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "surrogatepass")
