"""Reads the fields of a params model, and checks them against the contract for route parameters.

PROTOCOL.md, "Route parameters", has the rules. Two programs must build the same topic from the same parameters, so all
fields are required, and nothing may change a value between the wire and the topic.
"""

from __future__ import annotations

import dataclasses
import enum
import sys
from typing import Any, Callable, Dict, List, Literal, NamedTuple, Set, Tuple, Type, Union, get_args, get_origin, get_type_hints

#: The largest integer that JavaScript represents exactly.
MAX_SAFE_INTEGER = 2**53 - 1

_UNIONS: Set[Any] = {Union}
if sys.version_info >= (3, 10):
    import types

    _UNIONS.add(types.UnionType)

#: Settings of a Pydantic model that change values or keys.
_CHANGING_SETTINGS = {
    "str_strip_whitespace": "changes strings",
    "str_to_lower": "changes strings",
    "str_to_upper": "changes strings",
    "coerce_numbers_to_str": "accepts 1 for \"1\"",
}
#: Groups of decorators of a Pydantic model that can change values.
_CHANGING_DECORATORS = (
    "validators",
    "field_validators",
    "root_validators",
    "model_validators",
    "field_serializers",
    "model_serializers",
    "computed_fields",
)


class Violation(NamedTuple):
    """A field that the contract does not allow. ``path`` is a JSON Pointer."""

    path: str
    problem: str


class ContractError(TypeError):
    """Raised when a route is defined, if the contract does not allow its parameters. Lists every violation."""

    def __init__(self, route: str, violations: List[Violation]) -> None:
        self.route = route
        self.violations = violations
        lines = "".join(f"\n  {path or 'the model'} {problem}" for path, problem in violations)
        super().__init__(f'Invalid params of the route "{route}":{lines}')


class Field(NamedTuple):
    """A field of a params model."""

    #: The attribute of the model.
    attribute: str
    #: The name in requests and topics.
    name: str
    #: Returns the plain value of the field. Raises ValueError with the problem for a value of another type.
    read: Callable[[Any], Any]
    #: Whether None is allowed. ``""`` then means None.
    nullable: bool


class Reader:
    """Collects the fields of a model and of the models in it, and the violations."""

    def __init__(self) -> None:
        self.violations: List[Violation] = []
        self._open: List[type] = []

    def reject(self, path: str, problem: str) -> None:
        self.violations.append(Violation(path, problem))

    def fields(self, model: Any, path: str) -> List[Field]:
        """Returns the fields, sorted by their names on the wire."""
        if model in self._open:
            self.reject(path, f"contains {model.__name__} again: a params model cannot be recursive")
            return []
        self._open.append(model)
        if isinstance(getattr(model, "model_fields", None), dict):
            found = self._model_fields(model, path)
        elif dataclasses.is_dataclass(model):
            found = self._dataclass_fields(model, path)
        else:
            found = []
            self.reject(path, f"is {_name(model)}: use a Pydantic model or a dataclass")
        self._open.pop()
        return sorted(found, key=lambda field: field.name)

    def _model_fields(self, model: Any, path: str) -> List[Field]:
        config = model.model_config
        if config.get("extra") in ("allow", "forbid"):
            self.reject(path, f'has extra="{config["extra"]}": remove it, since both sides drop unknown fields')
        for setting, effect in _CHANGING_SETTINGS.items():
            if config.get(setting):
                self.reject(path, f"has {setting}, which {effect}: remove it")
        decorators = getattr(model, "__pydantic_decorators__", None)
        for group in _CHANGING_DECORATORS:
            for name in getattr(decorators, group, ()):
                self.reject(path, f"has {name}() among its {group}, which can change values: use constraints instead")
        return [self._model_field(name, info, path, bool(config.get("strict"))) for name, info in model.model_fields.items()]

    def _model_field(self, attribute: str, info: Any, path: str, strict: bool) -> Field:
        name = info.serialization_alias or attribute
        accepted = info.validation_alias or attribute
        path = f"{path}/{name}"
        if accepted != name:
            self.reject(path, f"is {accepted!r} in requests, but {name!r} when dumped: use one alias for both")
        if not info.is_required():
            self.reject(path, "is optional: remove the default (an optional field makes two topics)")
        if info.exclude or getattr(info, "exclude_if", None):
            self.reject(path, "is excluded from dumps: remove exclude")
        return self._field(attribute, name, info.annotation, info.metadata, path, strict)

    def _dataclass_fields(self, model: Any, path: str) -> List[Field]:
        hints = get_type_hints(model, include_extras=True)
        found = []
        for field in dataclasses.fields(model):
            here = f"{path}/{field.name}"
            if field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING:
                self.reject(here, "is optional: remove the default (an optional field makes two topics)")
            # A dataclass converts nothing, so its ints are as strict as those of a strict model.
            found.append(self._field(field.name, field.name, hints[field.name], (), here, True))
        return found

    def _field(self, attribute: str, name: str, annotation: Any, metadata: Any, path: str, strict: bool) -> Field:
        if name == "__proto__":
            self.reject(path, "has a name that JavaScript reserves: rename it")
        nullable, read = self._type(annotation, metadata, path, strict)
        return Field(attribute, name, read, nullable)

    def _type(self, annotation: Any, metadata: Any, path: str, strict: bool) -> Tuple[bool, Callable[[Any], Any]]:
        if hasattr(annotation, "__metadata__"):
            return self._type(get_args(annotation)[0], (*annotation.__metadata__, *metadata), path, strict)
        strict = self._metadata(metadata, path, strict)
        if get_origin(annotation) in _UNIONS:
            members = get_args(annotation)
            others = [member for member in members if member is not type(None)]
            if len(others) == 1 and len(members) == 2:
                _, read = self._type(others[0], (), path, strict)
                if "" in _choices(others[0]):
                    self.reject(path, 'is nullable and allows "", which is None on the wire: remove one of the two')
                # The canonical text of None is that of the empty string.
                return True, lambda value: "" if value is None else read(value)
            self.reject(path, f"is {_name(annotation)}: the only allowed union is one with None")
            return False, _same
        return False, self._single(annotation, path, strict)

    def _single(self, annotation: Any, path: str, strict: bool) -> Callable[[Any], Any]:
        if annotation in (int, bool) and not strict:
            example = '"5" for 5' if annotation is int else '"yes" for true'
            self.reject(path, f'accepts {example}: use Annotated[{annotation.__name__}, Field(strict=True)]')
        if annotation is int:
            return _safe_integer
        if annotation in (str, bool):
            return _exactly(annotation)
        if annotation is float:
            self.reject(path, "is a float: use str, because 1 and 1.0 are one number in JavaScript and two topics in Python")
        elif get_origin(annotation) is Literal:
            if all(type(choice) in (str, int) for choice in get_args(annotation)):
                return _one_of(set(get_args(annotation)))
            self.reject(path, f"is {_name(annotation)}: use choices of str or int")
        elif isinstance(annotation, type) and issubclass(annotation, enum.Enum):
            if all(_is_choice(member.value) for member in annotation):
                return _enum_value(annotation)
            self.reject(path, f"is {annotation.__name__}: use an enum of str or int values")
        elif get_origin(annotation) is list and len(get_args(annotation)) == 1:
            _, read = self._type(get_args(annotation)[0], (), f"{path}/0", strict)
            return _list_of(read)
        elif isinstance(annotation, type) and (hasattr(annotation, "model_fields") or dataclasses.is_dataclass(annotation)):
            return reader_of(annotation, self.fields(annotation, path))
        else:
            allowed = "str, int, bool, Literal, Enum, list, Optional and models of these"
            self.reject(path, f"is {_name(annotation)}: use {allowed}")
        return _same

    def _metadata(self, metadata: Any, path: str, strict: bool) -> bool:
        for item in metadata:
            name = type(item).__name__
            if name == "Strict":
                strict = bool(item.strict)
            elif name.endswith(("Validator", "Serializer")):
                self.reject(path, f"has a {name}, which can change the value: use constraints instead")
            else:
                for setting in ("strip_whitespace", "to_lower", "to_upper"):
                    if getattr(item, setting, None):
                        self.reject(path, f"has {setting}, which changes the value: remove it")
                strict = strict or getattr(item, "strict", None) is True
        return strict


def reader_of(model: Any, fields: List[Field]) -> Callable[[Any], Any]:
    """Returns a function that returns the plain data of an instance of the model, or of its ``model_dump()``."""
    instance_fields = [(field.name, field.attribute, field.read) for field in fields]

    def read(value: Any) -> Dict[str, Any]:
        if type(value) is dict:
            return read_dump(value, fields)
        if not isinstance(value, model):
            raise ValueError(f"is {type(value).__name__}: pass {model.__name__}, or a dict of its fields")
        name = ""
        try:
            result = {}
            for name, attribute, read_field in instance_fields:
                result[name] = read_field(getattr(value, attribute))
            return result
        except ValueError as error:
            raise _within(error, name) from None

    return read


def read_dump(dump: Dict[str, Any], fields: List[Field]) -> Dict[str, Any]:
    result = {}
    for field in fields:
        if field.name not in dump:
            if field.attribute in dump and field.attribute != field.name:
                raise ValueError(f"has {field.attribute!r} for {field.name!r}: use model_dump(by_alias=True), or pass the model")
            raise ValueError(f"has no {field.name!r}: dump the model without exclude, exclude_none and exclude_unset")
        try:
            result[field.name] = field.read(dump[field.name])
        except ValueError as error:
            raise _within(error, field.name) from None
    return result


class FieldValueError(ValueError):
    """A value of another type. ``path`` is the JSON Pointer to it."""

    def __init__(self, path: str, problem: str) -> None:
        self.path = path
        super().__init__(problem)


def _within(error: ValueError, step: object) -> FieldValueError:
    return FieldValueError(f"/{step}{getattr(error, 'path', '')}", str(error))


def _same(value: Any) -> Any:
    return value


def _exactly(kind: Type[Any]) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) is kind:
            return value
        raise ValueError(f"is {type(value).__name__}, not {kind.__name__}")

    return read


def _safe_integer(value: Any) -> Any:
    if type(value) is int and -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
        return value
    raise ValueError(f"is {type(value).__name__}, not int" if type(value) is not int else "is not between -2**53 and 2**53")


def _one_of(choices: Set[Any]) -> Callable[[Any], Any]:
    kinds = {(type(choice), choice) for choice in choices}

    def read(value: Any) -> Any:
        if (type(value), value) in kinds:
            return value
        raise ValueError(f"is not one of {', '.join(map(repr, sorted(choices, key=str)))}")

    return read


def _enum_value(kind: Type[enum.Enum]) -> Callable[[Any], Any]:
    read_value = _one_of({member.value for member in kind})
    return lambda value: value._value_ if type(value) is kind else read_value(value)


def _list_of(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def read_list(value: Any) -> Any:
        if type(value) is not list:
            raise ValueError(f"is {type(value).__name__}, not list")
        result = []
        for index, item in enumerate(value):
            try:
                result.append(read(item))
            except ValueError as error:
                raise _within(error, index) from None
        return result

    return read_list


def _is_choice(value: object) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool)


def _choices(annotation: Any) -> List[Any]:
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return [member.value for member in annotation]
    return []


def _name(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation).replace("typing.", "")
