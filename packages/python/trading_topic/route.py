"""A route: its name and the model of its parameters, checked when the program starts."""

from __future__ import annotations

import json
from typing import Any, Generic, List, Mapping, Type, TypeVar, cast

from .contract import TopicError, build_topic
from .contract import build_topic_params as build_plain_params
from .fields import ContractError, Field, Reader, reader_of

#: Longer texts are left to the serializer that counts as it writes.
_MAX_FAST_LENGTH = 2**20

_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode

Params = TypeVar("Params")


class TopicRoute(Generic[Params]):
    """A family of topics, such as ``bars``.

    Define routes at the top level of a module, so that a model which the contract does not allow stops the program when
    it starts, instead of losing updates later.

    :param name: ASCII letters, digits, ``-``, ``_`` and ``.``
    :param params: a Pydantic model (version 2) or a dataclass, all of whose fields are required
    :raises ContractError: lists every field that the contract does not allow, with the remedy
    :raises TopicError: with the code ``invalid_route``
    """

    def __init__(self, name: str, params: Type[Params]) -> None:
        build_topic(name, {})
        reader = Reader()
        self.name = name
        self.params = params
        self.fields: List[Field] = reader.fields(params, "")
        if reader.violations:
            raise ContractError(name, reader.violations)
        self._read = reader_of(params, self.fields)
        self._start = f"{name}:"

    def topic(self, params: Any) -> str:
        """Returns the topic of parameters: an instance of the model, or its ``model_dump(by_alias=True)``.

        :raises TopicError: with the code ``invalid_params`` for fields that are missing, have the name of the attribute
            instead of the alias, or have a value of another type
        """
        try:
            plain = self._read(params)
        except ValueError as error:
            path = getattr(error, "path", "")
            raise TopicError("invalid_params", path, params, f"of the route {self.name!r} {error}") from None
        # The fields are sorted and have been checked, so only very long texts and lone surrogates are left.
        text = _encode(plain)
        if len(text) > _MAX_FAST_LENGTH or "\\ud" in text:
            check_surrogates(plain, "")
            text = build_plain_params(plain)
        return self._start + text

    def parse(self, payload: Mapping[str, Any]) -> Params:
        """Validates the payload of a request. Reads ``""`` in a nullable field as None, since both make one topic.

        :raises TopicError: with the code ``invalid_params``
        """
        nullable = [field.name for field in self.fields if field.nullable and payload.get(field.name) == ""]
        members = {**payload, **dict.fromkeys(nullable)}
        # Compares types exactly. Pydantic would also accept "5" for 5, and the client's topic would be another.
        self.topic(members)
        try:
            return cast(Params, self._validate(members))
        except ValueError as error:
            # ValidationError of Pydantic, which is not imported for dataclasses, is a ValueError.
            raise TopicError("invalid_params", "", payload, f"of the route {self.name!r} are invalid: {error}") from None

    def _validate(self, members: Mapping[str, Any]) -> Any:
        validate = getattr(self.params, "model_validate", None)
        if validate is None:
            from pydantic import TypeAdapter

            validate = TypeAdapter(self.params).validate_python
        return validate(members)


def check_surrogates(value: Any, path: str) -> None:
    """Raises a TopicError for a lone surrogate, which JSON of other programs may not be able to carry."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise TopicError("lone_surrogate", path, value, "has a lone surrogate: pass well-formed text") from None
    elif isinstance(value, dict):
        for key, member in value.items():
            check_surrogates(member, f"{path}/{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            check_surrogates(item, f"{path}/{index}")
