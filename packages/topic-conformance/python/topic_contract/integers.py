"""Integers to digits and back, without the limit that a process may have set on that.

Since 3.11 (and the security releases before it) Python refuses to convert integers of more than 4300 digits, and a
process may choose another limit, down to 640. The contract's limit is 4300 everywhere, so numbers go in portions.
"""

from __future__ import annotations

#: No Python refuses so few digits (``sys.int_info.str_digits_check_threshold`` is 640).
_PORTION = 600
_PORTION_LIMIT = 10**_PORTION


def digits_of(value: int) -> str:
    """The decimal text of an integer."""
    if value < 0:
        return "-" + digits_of(-value)
    portions = []
    while value >= _PORTION_LIMIT:
        value, portion = divmod(value, _PORTION_LIMIT)
        portions.append(f"{portion:0{_PORTION}d}")
    portions.append(str(value))
    return "".join(reversed(portions))


def integer_of(digits: str) -> int:
    """The integer of a decimal text: digits, perhaps with a leading ``-``."""
    if digits.startswith("-"):
        return -integer_of(digits[1:])
    value = 0
    for start in range(0, len(digits), _PORTION):
        portion = digits[start : start + _PORTION]
        value = value * 10 ** len(portion) + int(portion)
    return value
