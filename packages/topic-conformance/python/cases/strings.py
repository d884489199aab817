"""Strings, unit by unit and at the edges of the escapes."""

from __future__ import annotations

from typing import Iterator

from .case import Case, Tag, repeat

PREFIX = "str"
STRINGS = "topic contract, Strings"

EDGES = [
    (0x00A0, "the no-break space"),
    (0x00AD, "the soft hyphen"),
    (0x00FF, "the last of Latin-1"),
    (0x0100, "the first beyond Latin-1"),
    (0x07FF, "the last of two UTF-8 bytes"),
    (0x0800, "the first of three UTF-8 bytes"),
    (0x0FFF, "a hex digit f in the last places"),
    (0x1000, "four hex digits without a leading zero"),
    (0xABCD, "hex letters are lower case"),
    (0xD7FF, "the last before the surrogates"),
    (0xE000, "the first after the surrogates, private use"),
    (0xF8FF, "the last private use of the BMP"),
    (0xFDD0, "a noncharacter inside the BMP"),
    (0xFEFF, "the byte order mark"),
    (0xFFFD, "the replacement character itself"),
    (0xFFFE, "a noncharacter, the mark swapped"),
    (0xFFFF, "the last of the BMP, a noncharacter"),
    (0x10000, "the first beyond the BMP"),
    (0x1F600, "an emoji"),
    (0x1FFFE, "a noncharacter beyond the BMP"),
    (0xE0001, "a language tag"),
    (0xF0000, "private use beyond the BMP"),
    (0xFFFFF, "the last of plane 15"),
    (0x10FFFD, "the last private use"),
    (0x10FFFF, "the last code point"),
]

LONE = [
    ("\ud800", "the first high surrogate alone"),
    ("\udbff", "the last high surrogate alone"),
    ("\udc00", "the first low surrogate alone"),
    ("\udfff", "the last low surrogate alone"),
    ("a\ud83db", "a high surrogate between letters"),
    ("\ude00\ud83d", "a pair in the wrong order"),
    ("\ud83d\ud83d\ude00", "a lone half before a pair"),
    ("\ud83d\ude00\ude00", "a lone half after a pair"),
    ("\ud83d\ud83d", "two high halves"),
    ("\ude00\ude00", "two low halves"),
    ("\ud83d\x00", "a lone half before NUL"),
    ("x\ud800", "a lone half at the end"),
    ("\ud800\u0041\udc00", "two halves with a letter between"),
]


def cases() -> Iterator[Case]:
    for unit in range(0x00, 0xA0):
        yield Case(chr(unit), f"the single character U+{unit:04X}", STRINGS)
    for point, what in EDGES:
        yield Case(chr(point), f"U+{point:04X}, {what}", STRINGS)
        yield Case(f"a{chr(point)}z", f"U+{point:04X} between letters", STRINGS)
    for text, what in LONE:
        # A pair in the units is one code point in the string, in every language.
        yield Case(Tag("$utf16", text.encode("utf-16-be", "surrogatepass").hex()), what, STRINGS)
    yield Case(
        Tag("$utf16", "00e9d83dde00"),
        "a well-formed string by its units needs no feature",
        STRINGS,
        '"\\u00e9\\ud83d\\ude00"',
    )
    yield Case({"k": ["\udead"]}, "a lone surrogate inside", STRINGS, '{"k":["\\udead"]}')
    yield Case("".join(chr(unit) for unit in range(0x20, 0x7F)), "all of printable ASCII", STRINGS)
    yield Case("".join(chr(unit) for unit in range(0x20)), "all of the C0 controls", STRINGS)
    yield Case("".join(chr(unit) for unit in range(0x7F, 0x100)), "DEL, C1 and Latin-1", STRINGS)
    yield Case("\\u0041", "what looks like an escape is a backslash and letters", STRINGS, '"\\\\u0041"')
    yield Case("\\n", "a backslash and an n are not a new line", STRINGS, '"\\\\n"')
    yield Case("\\\\", "two backslashes", STRINGS, '"\\\\\\\\"')
    yield Case('"', "a quotation mark alone", STRINGS, '"\\""')
    yield Case("\\", "a backslash alone", STRINGS, '"\\\\"')
    yield Case('\\"', "a backslash before a quotation mark", STRINGS, '"\\\\\\""')
    yield Case("/", "the slash stays", STRINGS, '"/"')
    yield Case("'", "the apostrophe stays", STRINGS, '"\'"')
    yield Case("null", "the word null is a string", STRINGS, '"null"')
    yield Case("a\r\nb", "a line end of two", STRINGS, '"a\\r\\nb"')
    yield Case("e\u0301", "not normalised: e and an accent", STRINGS, '"e\\u0301"')
    yield Case("\u00e9", "not normalised: the accented letter", STRINGS, '"\\u00e9"')
    yield Case(["\u212b", "\u00c5", "A\u030a"], "three spellings of one letter stay three", STRINGS)
    yield Case(" a ", "spaces are not trimmed", STRINGS, '" a "')
    yield Case("Straße", "letters keep their case and form", STRINGS, '"Stra\\u00dfe"')
    yield Case(repeat("a", 4096), "4096 characters", STRINGS)
    yield Case(repeat("é", 1024), "1024 escapes", STRINGS)
    yield Case(repeat("😀", 513), "513 pairs", STRINGS)
    yield Case(repeat('"\\\n', 341), "short forms in a row", STRINGS)
    yield Case(repeat("ab\x7f", 700), "an escape after every two letters", STRINGS)
