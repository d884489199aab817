"""CPython's own ``json.dumps``, to which the contract ties its bytes. Shares nothing with the serializer."""

from __future__ import annotations

import json
from typing import Any


def json_dumps(value: Any) -> str:
    """The canonical text of a value that the contract accepts, by the contract's one-sentence definition."""
    return json.dumps(_prepared(value), separators=(",", ":"))


def _prepared(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, dict):
        return {key: _prepared(value[key]) for key in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [_prepared(item) for item in value]
    return value
