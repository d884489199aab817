"""Integers, and numbers without an int or float type."""

from __future__ import annotations

from typing import Iterator

from .case import Case, integer, number

PREFIX = "num"
NUMBERS = "PROTOCOL.md, Topics: numbers"


def cases() -> Iterator[Case]:
    for value in [0, 1, -1, 9, 10, -10, 42, 255, 256, 1000, 65535, 65536]:
        yield Case(value, "a small integer", NUMBERS, str(value))
    for bits in [31, 32, 52, 53]:
        for value in [2**bits - 1, -(2**bits) + 1]:
            yield Case(value, f"the largest or smallest integer of {bits} bits", NUMBERS, str(value))
    for bits in [53, 54, 62, 63, 64, 65, 96, 127, 128, 256]:
        for value in [2**bits, 2**bits + 1, -(2**bits), -(2**bits) - 1]:
            yield Case(value, f"an integer beyond {bits} bits is exact", NUMBERS, str(value))
    for value in [0, 1, -1, 7, 2**31, 2**53 - 1, -(2**53) + 1]:
        yield Case(integer(value), "a small integer with an arbitrary-size type", NUMBERS, str(value))
    for power in [15, 16, 17, 18, 19, 20, 21, 22, 23, 30, 100, 308, 309, 310, 400, 1000]:
        yield Case(10**power, f"10^{power} as an integer has no exponent", NUMBERS, "1" + "0" * power)
    for digits in [17, 20, 21, 22, 309, 640, 641, 1000]:
        yield Case(-int("123456789" * 120) % 10**digits, f"an integer of {digits} digits", NUMBERS)
    yield Case(
        [10**16, 1e16, 10**16 + 1],
        "an integer and a float of the same value have different texts",
        NUMBERS,
        "[10000000000000000,1e+16,10000000000000001]",
    )
    yield Case([1, 1.0, True, "1"], "four values that are equal in some languages", NUMBERS, '[1,1.0,true,"1"]')
    yield Case(
        [0, 0.0, -0.0, False, "", None],
        "six values that are falsy in some languages",
        NUMBERS,
        '[0,0.0,-0.0,false,"",""]',
    )

    for text, expected in [
        ("0", "0"),
        ("-0", "0"),
        ("1", "1"),
        ("-1", "-1"),
        ("1e3", "1000"),
        ("1e15", "1000000000000000"),
        ("9007199254740991", "9007199254740991"),
        ("-9007199254740991", "-9007199254740991"),
        ("0.5", "0.5"),
        ("-0.5", "-0.5"),
        ("0.1", "0.1"),
        ("1.1", "1.1"),
        ("150.25", "150.25"),
        ("0.0001", "0.0001"),
        ("0.00001", "1e-05"),
        ("0.00012", "0.00012"),
        ("1e-7", "1e-07"),
        ("1.5e-10", "1.5e-10"),
        ("1e-100", "1e-100"),
        ("5e-324", "5e-324"),
        ("2.2250738585072014e-308", "2.2250738585072014e-308"),
        ("0.30000000000000004", "0.30000000000000004"),
        ("4503599627370495.5", "4503599627370495.5"),
        ("123456789.123", "123456789.123"),
    ]:
        yield Case(number(text), f"{text} without a type: its value decides between int and float", NUMBERS, expected)
    for text in ["9007199254740992", "-9007199254740992", "1e16", "1e21", "-1e21", "1e22", "1.7976931348623157e308"]:
        yield Case(
            number(text),
            f"{text} without a type is ambiguous and may have been rounded",
            NUMBERS,
            refused="ambiguous_number",
        )
    for text in ["NaN", "Infinity", "-Infinity"]:
        yield Case(number(text), f"{text} is not a JSON number", NUMBERS, refused="not_finite")
    yield Case({"a": [1, number("1e300")]}, "a nested ambiguous number", NUMBERS, refused="ambiguous_number")

    for digits in [4299, 4300]:
        yield Case(10 ** (digits - 1), f"an integer of {digits} digits is accepted", NUMBERS)
        yield Case(
            -(10 ** (digits - 1)),
            f"a negative integer of {digits} digits is accepted: the sign does not count",
            NUMBERS,
        )
    yield Case(10**4300 - 1, "the largest accepted integer", NUMBERS, "9" * 4300)
    yield Case(10**4300, "an integer of 4301 digits is refused", NUMBERS, refused="integer_too_long")
    yield Case(-(10**4300), "a negative integer of 4301 digits is refused", NUMBERS, refused="integer_too_long")
    yield Case({"n": [10**5000]}, "a nested long integer is refused", NUMBERS, refused="integer_too_long")
    yield Case(2**100000, "an integer of 30103 digits is refused", NUMBERS, refused="integer_too_long")

    for bits in range(0, 129):
        power = 2**bits
        values = [power - 1, power, power + 1, -power + 1, -power, -power - 1]
        yield Case(values, f"the integers next to 2^{bits} and -2^{bits}", NUMBERS, f"[{','.join(map(str, values))}]")
