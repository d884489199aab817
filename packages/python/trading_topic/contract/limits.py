"""The limits of the contract."""

from __future__ import annotations

#: The maximum depth of nested containers.
MAX_DEPTH = 64

#: The maximum length of the text, in characters. A value can share its parts, so 60 small lists can expand to 2**60
#: values. Without this limit, such an input would hang the process.
MAX_LENGTH = 2**24

#: The maximum number of digits of an int. It is the default limit of CPython, and part of the contract. So it also
#: applies if the process has another limit (``sys.set_int_max_str_digits``) or none (before 3.11).
MAX_INTEGER_DIGITS = 4300
