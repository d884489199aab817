"""Containers inside containers, to the 64th and no further."""

from __future__ import annotations

from typing import Any, Iterator

from .case import Case, Tag, nest, shared

PREFIX = "nest"
DEPTH = "topic contract, Anything else"
EVERY_LEVEL = "topic contract, Rules of the serializer"


def cases() -> Iterator[Case]:
    for kind in ["array", "object"]:
        for depth in [1, 2, 3, 8, 16, 31, 32, 33, 62, 63, 64]:
            yield Case(nest(kind, depth), f"{depth} nested containers pass", DEPTH)
        for depth in [65, 66, 100, 1000, 5000]:
            yield Case(nest(kind, depth), f"{depth} nested containers are refused", DEPTH, refused="too_deep")
        yield Case([nest(kind, 63)], "the outer container counts", DEPTH)
        yield Case([nest(kind, 64)], "the outer container counts: 65", DEPTH, refused="too_deep")
    yield Case(mixed(64, None), "64 containers of both kinds, with a value inside", DEPTH)
    yield Case(mixed(64, []), "the 65th is refused though it is empty", DEPTH, refused="too_deep")
    yield Case(
        [nest("array", 40), nest("array", 40), nest("object", 40)], "depth is not the number of containers", DEPTH
    )
    yield Case([[] for _ in range(200)], "two hundred containers side by side", DEPTH)

    for kind in ["array", "object"]:
        yield Case(Tag("$cycle", kind), f"an {kind} that holds itself", DEPTH, refused="cycle")
        yield Case({"a": [1, Tag("$cycle", kind)]}, f"an {kind} that holds itself, inside", DEPTH, refused="cycle")
        for levels in [1, 2, 5]:
            yield Case(shared(kind, levels, 1), "the same container twice, side by side, is no cycle", DEPTH)
        yield Case(shared(kind, 1, {"x": []}), "the same object twice, side by side, is no cycle", DEPTH)

    yield Case(
        [[], {}, [[]], [{}], {"a": []}, {"a": {}}],
        "empty containers inside",
        EVERY_LEVEL,
        '[[],{},[[]],[{}],{"a":[]},{"a":{}}]',
    )
    yield Case(
        {"b": [{"d": 1, "c": 2}, {"f": {"h": 1, "g": 2}}], "a": 0},
        "keys sorted inside arrays inside objects",
        EVERY_LEVEL,
    )
    yield Case([[3, 2], [1], [None, [None]]], "arrays in arrays keep their order", EVERY_LEVEL, '[[3,2],[1],["",[""]]]')
    yield Case({"z": {"z": {"z": {"b": 1, "a": 2}, "a": 1}, "a": 1}, "a": 1}, "keys sorted at four levels", EVERY_LEVEL)
    yield Case([None, {"a": None}, [None]], "null everywhere", EVERY_LEVEL, '["",{"a":""},[""]]')
    yield Case(list(range(1000)), "a thousand elements", EVERY_LEVEL)
    yield Case([True, False, None, 0, "", [], {}], "one of each", EVERY_LEVEL, '[true,false,"",0,"",[],{}]')
    yield Case([{"a": 1}, {"a": 1}], "equal objects that are not the same", EVERY_LEVEL, '[{"a":1},{"a":1}]')
    for value, text in [(Tag("$float", "1.0"), "1.0"), (Tag("$float", "1e+16"), "1e+16"), (None, '""'), (Tag("$int", "9007199254740993"), "9007199254740993")]:
        yield Case(deep(64, value), "a value that is no container stands inside the 64th", DEPTH, "[" * 64 + text + "]" * 64)
        yield Case(deep(65, value), "and not inside a 65th", DEPTH, refused="too_deep")


def deep(depth: int, value: Any) -> Any:
    for _ in range(depth):
        value = [value]
    return value


def mixed(depth: int, inside: Any) -> Any:
    value = inside
    for level in range(depth):
        value = [value] if level % 2 else {"b": value, "a": level}
    return value
