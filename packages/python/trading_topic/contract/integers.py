"""Converts integers to digits and back, independently of the limit of the process.

Since 3.11 (and in earlier security releases), Python does not convert integers of more than 4300 digits, and a process
can set a lower limit, down to 640. The limit of the contract is always 4300, so integers are converted in portions.
"""

from __future__ import annotations

#: Digits per portion. Every limit permits this many (``sys.int_info.str_digits_check_threshold`` is 640).
_PORTION = 600
_PORTION_LIMIT = 10**_PORTION


def digits_of(value: int) -> str:
    """Returns the decimal text of an integer."""
    if value < 0:
        return "-" + digits_of(-value)
    portions = []
    while value >= _PORTION_LIMIT:
        value, portion = divmod(value, _PORTION_LIMIT)
        portions.append(f"{portion:0{_PORTION}d}")
    portions.append(str(value))
    return "".join(reversed(portions))


def integer_of(digits: str) -> int:
    """Parses a decimal text: digits with an optional leading ``-``."""
    if digits.startswith("-"):
        return -integer_of(digits[1:])
    value = 0
    for start in range(0, len(digits), _PORTION):
        portion = digits[start : start + _PORTION]
        value = value * 10 ** len(portion) + int(portion)
    return value
