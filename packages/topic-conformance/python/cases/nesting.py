"""Nested containers. The maximum depth is 64."""

from __future__ import annotations

from typing import Any, Callable, Iterator

from .case import Case, Tag, nest, shared

PREFIX = "nest"
DEPTH = "PROTOCOL.md, Topics: all other values"
EVERY_LEVEL = "PROTOCOL.md, Topics"


def cases() -> Iterator[Case]:
    for kind in ["array", "object"]:
        for depth in [1, 2, 3, 8, 16, 31, 32, 33, 62, 63, 64]:
            yield Case(nest(kind, depth), f"{depth} nested containers are accepted", DEPTH)
        for depth in [65, 66, 100, 1000, 5000]:
            yield Case(nest(kind, depth), f"{depth} nested containers are refused", DEPTH, refused="too_deep")
        yield Case([nest(kind, 63)], "63 containers in a container are accepted", DEPTH)
        yield Case([nest(kind, 64)], "64 containers in a container are refused", DEPTH, refused="too_deep")
    yield Case(mixed(64, None), "64 nested arrays and objects with a value inside", DEPTH)
    yield Case(mixed(64, []), "the 65th container is refused even if it is empty", DEPTH, refused="too_deep")
    yield Case(
        [nest("array", 40), nest("array", 40), nest("object", 40)],
        "the limit is on the depth, not on the number of containers",
        DEPTH,
    )
    yield Case([[] for _ in range(200)], "two hundred sibling containers", DEPTH)

    for kind in ["array", "object"]:
        yield Case(Tag("$cycle", kind), f"an {kind} that contains itself", DEPTH, refused="cycle")
        yield Case({"a": [1, Tag("$cycle", kind)]}, f"a nested {kind} that contains itself", DEPTH, refused="cycle")
        for levels in [1, 2, 5]:
            yield Case(shared(kind, levels, 1), "the same container as two siblings is not a cycle", DEPTH)
        yield Case(shared(kind, 1, {"x": []}), "the same object as two siblings is not a cycle", DEPTH)

    yield Case(
        [[], {}, [[]], [{}], {"a": []}, {"a": {}}],
        "nested empty containers",
        EVERY_LEVEL,
        '[[],{},[[]],[{}],{"a":[]},{"a":{}}]',
    )
    yield Case(
        {"b": [{"d": 1, "c": 2}, {"f": {"h": 1, "g": 2}}], "a": 0},
        "keys are sorted in objects inside arrays",
        EVERY_LEVEL,
    )
    yield Case([[3, 2], [1], [None, [None]]], "nested arrays keep their order", EVERY_LEVEL, '[[3,2],[1],["",[""]]]')
    yield Case(
        {"z": {"z": {"z": {"b": 1, "a": 2}, "a": 1}, "a": 1}, "a": 1}, "keys are sorted at four levels", EVERY_LEVEL
    )
    yield Case([None, {"a": None}, [None]], "null at several levels", EVERY_LEVEL, '["",{"a":""},[""]]')
    yield Case(list(range(1000)), "a thousand elements", EVERY_LEVEL)
    yield Case([True, False, None, 0, "", [], {}], "one value of each type", EVERY_LEVEL, '[true,false,"",0,"",[],{}]')
    yield Case([{"a": 1}, {"a": 1}], "equal but not identical objects", EVERY_LEVEL, '[{"a":1},{"a":1}]')
    for value, text in [
        (Tag("$float", "1.0"), "1.0"),
        (Tag("$float", "1e+16"), "1e+16"),
        (None, '""'),
        (Tag("$int", "9007199254740993"), "9007199254740993"),
    ]:
        yield Case(deep(64, value), "a scalar in the 64th container is accepted", DEPTH, "[" * 64 + text + "]" * 64)
        yield Case(deep(65, value), "a scalar in a 65th container is refused", DEPTH, refused="too_deep")
    yield Case(every_level(64, lambda value: {"b": value, "a": None}), "null and unsorted keys at every depth", DEPTH)
    yield Case(every_level(64, lambda value: [None, value, None]), "null in an array at every depth", DEPTH)
    for parity in [0, 1]:
        yield Case(
            every_level(63, lambda value: {"z": None, "y": [None, value]} if parity else [{"z": value, "y": None}], 2),
            "null and unsorted keys in objects inside arrays at every second depth",
            DEPTH,
        )
    for count in [1001, 4097, 10001]:
        yield Case([index % 10 for index in range(count)], f"{count} elements", EVERY_LEVEL, hashed=True)


def deep(depth: int, value: Any) -> Any:
    for _ in range(depth):
        value = [value]
    return value


def mixed(depth: int, inside: Any) -> Any:
    value = inside
    for level in range(depth):
        value = [value] if level % 2 else {"b": value, "a": level}
    return value


def every_level(depth: int, around: Callable[[Any], Any], levels: int = 1) -> Any:
    """Wraps a value in containers until they are ``depth`` deep. ``around`` adds ``levels`` of them at a time."""
    value: Any = 1
    for _ in range(depth // levels):
        value = around(value)
    return value
