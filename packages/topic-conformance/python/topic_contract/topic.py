"""Topics: a route's name, a colon, and the parameters."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from .errors import TopicError
from .integers import integer_of
from .params import MAX_INTEGER_DIGITS, MAX_LENGTH, build_topic_params

_ROUTE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class ParsedTopic(NamedTuple):
    """A topic taken apart. In ``params``, what was None is ``""``."""

    route: str
    params: object


def build_topic(route: str, params: object) -> str:
    """The topic of a route's name and any parameters: ``{route}:{build_topic_params(params)}``.

    :param route: letters, digits, ``-``, ``_`` and ``.`` of ASCII, starting with a letter or digit
    :raises TopicError: ``invalid_route``, or whatever ``build_topic_params`` refuses
    """
    _check_route(route)
    return f"{route}:{build_topic_params(params)}"


def parse_topic(topic: str) -> ParsedTopic:
    """Takes a topic apart, and accepts canonical ones only: building the result again gives the same bytes.

    :raises TopicError: ``invalid_topic`` or ``invalid_route``
    """
    if type(topic) is not str or ":" not in topic:
        raise TopicError("invalid_topic", "", topic)
    route, _, text = topic.partition(":")
    _check_route(route)
    try:
        params = _read(text)
        canonical = build_topic_params(params) == text
    # ValueError: no JSON, or a TopicError of the builder. RecursionError: brackets nested by the thousand.
    except (ValueError, RecursionError):
        canonical = False
    if not canonical:
        raise TopicError("invalid_topic", "", topic)
    return ParsedTopic(route, params)


def _read(text: str) -> object:
    """JSON as Python has it. It may be lenient, since its caller builds the result again and compares."""
    if len(text) > MAX_LENGTH:
        raise ValueError("longer than any topic")
    return json.loads(text, parse_int=_read_integer)


def _read_integer(digits: str) -> int:
    # Checked first, since reading takes quadratic time.
    if len(digits) > MAX_INTEGER_DIGITS + 1:
        raise ValueError("more digits than any topic has")
    return integer_of(digits)


def _check_route(name: str) -> None:
    if type(name) is not str or not _ROUTE_NAME.fullmatch(name):
        raise TopicError("invalid_route", "", name)
