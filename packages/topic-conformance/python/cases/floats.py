"""Floats in the format of ``repr`` in Python: the shortest text that parses to the same double."""

from __future__ import annotations

import decimal
import math
import struct
from typing import Iterator, List

from .case import Case

PREFIX = "float"
NUMBERS = "PROTOCOL.md, Topics: numbers"

# Doubles that shortest-digit algorithms have printed incorrectly, and doubles half way between two decimals.
NOTORIOUS = [
    (5e-324, "the smallest subnormal"),
    (1.5e-323, "three times the smallest subnormal"),
    (2.225073858507201e-308, "the largest subnormal"),
    (2.2250738585072014e-308, "the smallest normal double"),
    (1.7976931348623157e308, "the largest double"),
    (1.7976931348623155e308, "the second largest double"),
    (9007199254740991.0, "2^53 - 1 as a float"),
    (9007199254740992.0, "2^53 as a float"),
    (9007199254740993.0, "2^53 + 1 rounds to even"),
    (9999999999999998.0, "the largest float without an exponent"),
    (1e16, "the smallest float with an exponent"),
    (1.0000000000000002e16, "the float after 1e16"),
    (123456789012345680.0, "seventeen digits, the last of them zero"),
    (0.0001, "the smallest power of ten without an exponent"),
    (0.00009999999999999999, "just below 1e-4"),
    (0.00010000000000000002, "just above 1e-4"),
    (0.1, "a tenth"),
    (0.2, "two tenths"),
    (0.1 + 0.2, "the sum of a tenth and two tenths"),
    (0.3, "three tenths"),
    (1 / 3, "a third"),
    (2 / 3, "two thirds"),
    (math.pi, "pi"),
    (math.e, "e"),
    (5e-05, "an exponent of one digit in JavaScript"),
    (1.2345e-05, "an exponent of one digit, with a fraction"),
    (9.5367431640625e-07, "2^-20"),
    (1e21, "JavaScript writes an exponent from here on"),
    (1.5e21, "JavaScript writes an exponent, with a fraction"),
    (1e22, "the largest power of ten that a double represents exactly"),
    (1e23, "the double below 10^23, whose shortest digits are 1e+23"),
    (9.999999999999999e22, "the neighbour of 1e23"),
    (2.0**62, "2^62"),
    (2.0**63, "2^63, beyond signed 64-bit integers"),
    (2.0**64, "2^64"),
    (2.0**63 - 1024, "the largest double below 2^63"),
    (4.35, "rounds unexpectedly with %.2f"),
    (0.000001, "a millionth"),
    (123456.789, "a price"),
    (150.0, "a whole price"),
    (149.5, "a half"),
    (1000000.0, "a volume as a float"),
    (5.0e-320, "a subnormal with few digits"),
    (2.4703282292062327e-324 * 2, "the subnormal closest to the tie with zero"),
    (8.41e21, "printed incorrectly by an early version of Grisu"),
    (2.0919495182368195e19, "printed incorrectly by an early version of Grisu"),
    (9.5e-3, "printed incorrectly by some printf implementations"),
    (1.1447545997287541e-308, "a subnormal with all digits"),
    (4.8726570057e288, "a tie-breaking case of shortest-digit algorithms"),
    (2.0**-1074, "2^-1074"),
    (7.0e-10, "one digit"),
    (1.7800590868057611e-307, "a power of two, where the gap below is half the gap above"),
    (2.8480945388892178e-306, "another power of two"),
    (2.9802322387695312e-08, "2^-25, whose seventeenth digit is even"),
    (4.4501477170144028e-308, "twice the smallest normal"),
    (1.448997445238699, "sixteen digits"),
    (299792458.0, "the speed of light"),
    (6.02214076e23, "Avogadro's number"),
    (1.602176634e-19, "a small constant"),
]


def cases() -> Iterator[Case]:
    for value, description in NOTORIOUS:
        yield Case(value, description, NUMBERS)
        yield Case(-value, f"{description}, negative", NUMBERS)
    for value in [float("nan"), float("inf"), float("-inf")]:
        yield Case(value, f"{value} is not a JSON number", NUMBERS, refused="not_finite")
        yield Case({"a": [value]}, f"nested {value} is refused", NUMBERS, refused="not_finite")
    yield Case(
        {"a": 1.0, "b": [0.5, -0.0], "c": {"d": 1e-7}},
        "nested floats",
        NUMBERS,
        '{"a":1.0,"b":[0.5,-0.0],"c":{"d":1e-07}}',
    )
    for power in range(-324, 309):
        value = float(f"1e{power}")
        # As a double, 1e-324 is zero.
        if value > 0:
            yield Case(value, f"10^{power}", NUMBERS)
    for power in [-5, -4, -3, 15, 16, 17, 20, 21, 22]:
        for neighbour in neighbours(float(f"1e{power}")):
            yield Case(neighbour, f"next to 10^{power}, where the notation can change", NUMBERS)
    for power in range(-1074, 1024, 21):
        yield Case(2.0**power, f"2^{power}", NUMBERS)
    powers = [power for power in range(-1074, 1024) if not is_nearest(2.0**power)]
    for power in powers:
        yield Case(2.0**power, f"2^{power}, whose shortest digits are not its nearest decimal of that length", NUMBERS)
    for value in ties():
        yield Case([value, -value], "half way between two decimals of its length: the last digit is even", NUMBERS)
    for power in range(-1074, 1024, 8):
        values = [2.0**exponent for exponent in range(power, min(power + 8, 1024))]
        yield Case(values, f"the powers of two from 2^{power}", NUMBERS, hashed=True)


def neighbours(value: float) -> List[float]:
    """Returns the adjacent doubles below and above."""
    (bits,) = struct.unpack("<q", struct.pack("<d", value))
    return [struct.unpack("<d", struct.pack("<q", bits + step))[0] for step in (-1, 1)]


def is_nearest(value: float) -> bool:
    """Returns whether the shortest digits are also the decimal of that length that is nearest to the value.

    At a power of two the gap below is half the gap above, so the nearest decimal can belong to the double below.
    """
    digits = len(shortest_digits(value))
    return float(f"{value:.{digits - 1}e}") == value


def shortest_digits(value: float) -> str:
    return repr(value).split("e")[0].replace(".", "").strip("0")


def ties() -> Iterator[float]:
    """Generates floats in the notation with an exponent whose exact value is half way between two texts of their length."""
    for power in range(21, 27):
        for factor in range(1, 420, 2):
            value = factor * 2.0**-power
            exact = "".join(map(str, decimal.Decimal(value).as_tuple().digits)).rstrip("0")
            if value < 1e-4 and len(exact) == len(shortest_digits(value)) + 1 and exact.endswith("5"):
                yield value
