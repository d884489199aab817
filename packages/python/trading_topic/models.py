"""Plain data of Pydantic models and dataclasses, without importing Pydantic."""

from __future__ import annotations

import dataclasses
import enum
from typing import Any

from .contract import TopicError
from .contract import build_topic as build_plain_topic
from .contract import build_topic_params as build_plain_params

_PLAIN = frozenset([dict, list, tuple, str, int, float, bool, type(None)])

_ENUM_NOTE = (
    "is an enum member: pass its .value. For a Pydantic model, pass the model itself, or the result of "
    'model_dump(mode="json", by_alias=True)'
)
_MODEL_NOTE = 'is a model inside of plain data: pass the whole model, or model_dump(mode="json", by_alias=True)'


def build_topic_params(value: object) -> str:
    """Returns the canonical text of a value. The text is always printable ASCII.

    Accepts plain data: dict with str keys, list, tuple (written as a list), str, int, float, bool and None (written as
    ``""``), but no instances of subclasses. Also accepts a Pydantic model (version 2) and a dataclass: the text then has
    the names of the wire, which are the aliases of a model, and the values of enum members.

    A route's parameters are restricted further: :class:`trading_topic.TopicRoute` checks a model when the program starts.

    :raises TopicError: with ``code``, ``path`` (JSON Pointer) and the remedy in the message
    """
    if type(value) in _PLAIN:
        try:
            return build_plain_params(value)
        except TopicError as error:
            raise explained(error, value) from None
    return build_plain_params(plain(value))


def build_topic(route: str, params: object) -> str:
    """Returns ``{route}:{build_topic_params(params)}``.

    :param route: ASCII letters, digits, ``-``, ``_`` and ``.``, starting with a letter or digit
    :raises TopicError: with the code ``invalid_route``, or any code of :func:`build_topic_params`
    """
    build_plain_topic(route, None)
    return f"{route}:{build_topic_params(params)}"


def plain(value: Any) -> Any:
    """Returns the plain data of a model or a dataclass. Any other value is returned unchanged."""
    if is_model(value):
        return value.model_dump(mode="json", by_alias=True)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _member(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value


def _member(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.value
    if type(value) is dict:
        return {key: _member(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return [_member(item) for item in value]
    return plain(value)


def is_model(value: object) -> bool:
    """Returns whether a value is an instance of a Pydantic model. Looks at its class, never at its fields."""
    return callable(getattr(type(value), "model_dump", None))


def explained(error: TopicError, value: Any) -> TopicError:
    """Returns the error with the remedy for enum members and models, the usual mistakes in programs with Pydantic."""
    if error.code != "unsupported_type":
        return error
    found = _at(value, error.path)
    if isinstance(found, enum.Enum):
        return TopicError(error.code, error.path, found, _ENUM_NOTE)
    if is_model(found):
        return TopicError(error.code, error.path, found, _MODEL_NOTE)
    return error


def _at(value: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        value = value[key] if type(value) is dict else value[int(key)]
    return value
