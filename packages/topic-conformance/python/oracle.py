"""Canonical texts from ``json.dumps`` of CPython, which defines the contract.

The careful serializer of ``topic_contract`` uses only its function for strings. The fast path uses its encoder too, so
the tests compare both with it, and with each other.
"""

from __future__ import annotations

import json
from typing import Any


def json_dumps(value: Any) -> str:
    """Returns the canonical text of a value that the contract accepts, according to the definition of the contract."""
    return json.dumps(_prepare(value), separators=(",", ":"))


def _prepare(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, dict):
        return {key: _prepare(value[key]) for key in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [_prepare(item) for item in value]
    return value
