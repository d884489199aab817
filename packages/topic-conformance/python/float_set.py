"""The hash-checked floats (docs/vectors.md). There are too many for a file, so the manifest contains a hash of them."""

from __future__ import annotations

import hashlib
import struct
from typing import Dict, Iterator, Sequence

from topic_contract import build_topic_params

SEED = 88172645463325252
COUNTS = (10_000, 1_000_000)

_MASK = 2**64 - 1


def float_set() -> Iterator[float]:
    """Generates floats endlessly: any bits, the range without an exponent, short decimals and integers, in turn."""
    x = SEED
    step = 0
    while True:
        x ^= x << 13 & _MASK
        x ^= x >> 7
        x ^= x << 17 & _MASK
        kind = step % 4
        if kind == 0:
            yield from_bits(x & ~(1 << 62) if x >> 52 & 0x7FF == 0x7FF else x)
        elif kind == 1:
            exponent = 1000 + (x >> 52 & 0x7FF) % 88
            yield from_bits(x & ~(0x7FF << 52) | exponent << 52)
        elif kind == 2:
            decimal = float((x >> 8) % 1_000_000) / float(10 ** (x % 16))
            yield -decimal if x >> 63 else decimal
        else:
            yield float(x >> (11 + x % 53))
        step += 1


def from_bits(bits: int) -> float:
    """Returns the double with the given IEEE 754 bits."""
    return struct.unpack("<d", struct.pack("<Q", bits))[0]


def hashes(counts: Sequence[int]) -> Dict[int, str]:
    """Returns the SHA-256 of the texts of the first ``count`` floats, one per line, for each of the counts."""
    digest = hashlib.sha256()
    found: Dict[int, str] = {}
    for count, value in enumerate(float_set(), 1):
        digest.update(f"{build_topic_params(value)}\n".encode("ascii"))
        if count in counts:
            found[count] = digest.hexdigest()
        if count == max(counts):
            return found
    raise AssertionError("unreachable: float_set() is endless")
