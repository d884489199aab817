"""The hash-checked floats: too many for a file, so the manifest holds a hash of them. Described in docs/vectors.md."""

from __future__ import annotations

import hashlib
import struct
from typing import Dict, Iterator, Sequence

from topic_contract import build_topic_params

SEED = 88172645463325252
COUNTS = (10_000, 1_000_000)

_MASK = 2**64 - 1


def float_set() -> Iterator[float]:
    """Without end. The four ways in turn: any bits, the range without an exponent, short decimals, whole numbers."""
    x = SEED
    step = 0
    while True:
        x ^= x << 13 & _MASK
        x ^= x >> 7
        x ^= x << 17 & _MASK
        way = step % 4
        if way == 0:
            yield from_bits(x & ~(1 << 62) if x >> 52 & 0x7FF == 0x7FF else x)
        elif way == 1:
            exponent = 1000 + (x >> 52 & 0x7FF) % 88
            yield from_bits(x & ~(0x7FF << 52) | exponent << 52)
        elif way == 2:
            decimal = float((x >> 8) % 1_000_000) / float(10 ** (x % 16))
            yield -decimal if x >> 63 else decimal
        else:
            yield float(x >> (11 + x % 53))
        step += 1


def from_bits(bits: int) -> float:
    return struct.unpack("<d", struct.pack("<Q", bits))[0]


def hashes(counts: Sequence[int]) -> Dict[int, str]:
    """SHA-256 over the texts of the first so many floats, each followed by a new line."""
    digest = hashlib.sha256()
    found: Dict[int, str] = {}
    for count, value in enumerate(float_set(), 1):
        digest.update(f"{build_topic_params(value)}\n".encode("ascii"))
        if count in counts:
            found[count] = digest.hexdigest()
        if count == max(counts):
            return found
    raise AssertionError("the set has no end")
