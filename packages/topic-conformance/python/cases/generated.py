"""Values at random, the same ones each time."""

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
    chance = random.Random("topic vectors 1")
    for _ in range(400):
        yield Case(random_value(chance, 3), "a generated value", SOURCE)
    for _ in range(100):
        yield Case({random_text(chance): index for index in range(chance.randrange(2, 30))}, "generated keys", SOURCE)
    for _ in range(100):
        yield Case([random_float(chance) for _ in range(8)], "generated floats", SOURCE)


def random_value(chance: random.Random, depth: int) -> Any:
    """Any value that the contract accepts, without well-formedness of its strings."""
    kind = chance.randrange(10 if depth > 0 else 7)
    if kind == 0:
        return chance.choice([None, True, False])
    if kind == 1:
        return chance.randrange(-(2**53) + 1, 2**53) >> chance.randrange(53)
    if kind == 2:
        return chance.getrandbits(chance.randrange(54, 400)) * chance.choice([1, -1])
    if kind == 3:
        return random_float(chance)
    if kind <= 6:
        return random_text(chance)
    if kind == 7:
        return [random_value(chance, depth - 1) for _ in range(chance.randrange(5))]
    return {random_text(chance): random_value(chance, depth - 1) for _ in range(chance.randrange(6))}


def random_float(chance: random.Random) -> float:
    kind = chance.randrange(4)
    if kind == 0:
        # Bits, with the exponent's last one cleared where they are no finite number.
        bits = chance.getrandbits(64)
        if bits >> 52 & 0x7FF == 0x7FF:
            bits ^= 1 << 62
        return struct.unpack("<d", struct.pack("<Q", bits))[0]
    if kind == 1:
        return chance.randrange(-(10**6), 10**6) / 10 ** chance.randrange(12)
    if kind == 2:
        return float(chance.getrandbits(chance.randrange(1, 80)))
    return chance.uniform(-1, 1) * 10.0 ** chance.randrange(-8, 20)


def random_text(chance: random.Random) -> str:
    kind = chance.randrange(4)
    if kind == 0:
        return chance.choice(NAUGHTY)
    return join_pairs("".join(chr(random_point(chance)) for _ in range(chance.randrange(7))))


def random_point(chance: random.Random) -> int:
    low, high = chance.choice(
        [(0x20, 0x7F), (0x20, 0x7F), (0, 0x100), (0x2000, 0x2100), (0xD7F0, 0xE010), (0xFFE0, 0x10010), (0, 0x110000)]
    )
    return chance.randrange(low, high)


def join_pairs(text: str) -> str:
    """Halves that chance put side by side become the pair that every language reads them as."""
    return text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "surrogatepass")
