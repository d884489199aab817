"""Builds and parses topics: ``{route}:{params}``."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from .errors import TopicError
from .integers import integer_of
from .limits import MAX_INTEGER_DIGITS, MAX_LENGTH
from .params import build_topic_params

_ROUTE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class ParsedTopic(NamedTuple):
    """The parts of a topic. In ``params``, None has become ``""``."""

    route: str
    params: object


def build_topic(route: str, params: object) -> str:
    """Returns ``{route}:{build_topic_params(params)}``.

    :param route: ASCII letters, digits, ``-``, ``_`` and ``.``, starting with a letter or digit
    :raises TopicError: with the code ``invalid_route``, or any code of ``build_topic_params``
    """
    _check_route(route)
    return f"{route}:{build_topic_params(params)}"


def parse_topic(topic: str) -> ParsedTopic:
    """Parses a topic. Accepts only canonical topics: building the result again must give the same text.

    :raises TopicError: with the code ``invalid_topic`` or ``invalid_route``
    """
    if type(topic) is not str or ":" not in topic:
        raise TopicError("invalid_topic", "", topic)
    route, _, text = topic.partition(":")
    _check_route(route)
    try:
        params = _parse_json(text)
        canonical = build_topic_params(params) == text
    # ValueError: invalid JSON, or a TopicError. RecursionError: thousands of nested brackets.
    except (ValueError, RecursionError):
        canonical = False
    if not canonical:
        raise TopicError("invalid_topic", "", topic)
    return ParsedTopic(route, params)


def _parse_json(text: str) -> object:
    """Parses JSON. This can be lenient, because the caller builds the text again and compares it."""
    if len(text) > MAX_LENGTH:
        raise ValueError("exceeds the maximum length")
    return json.loads(text, parse_int=_parse_integer)


def _parse_integer(digits: str) -> int:
    # Checked first, because parsing takes quadratic time.
    if len(digits) > MAX_INTEGER_DIGITS + 1:
        raise ValueError("exceeds the maximum number of digits")
    return integer_of(digits)


def _check_route(name: str) -> None:
    if type(name) is not str or not _ROUTE_NAME.fullmatch(name):
        raise TopicError("invalid_route", "", name)
