"""Strings: single characters, and characters at the boundaries of the escape rules."""

from __future__ import annotations

from typing import Iterator

from .case import Case, Tag, repeat

PREFIX = "str"
STRINGS = "PROTOCOL.md, Topics: strings"

EDGES = [
    (0x00A0, "the no-break space"),
    (0x00AD, "the soft hyphen"),
    (0x00FF, "the last character of Latin-1"),
    (0x0100, "the first character after Latin-1"),
    (0x07FF, "the last character with two UTF-8 bytes"),
    (0x0800, "the first character with three UTF-8 bytes"),
    (0x0FFF, "hex digits f in the last places"),
    (0x1000, "four hex digits without a leading zero"),
    (0xABCD, "hex letters are lower case"),
    (0xD7FF, "the last character before the surrogates"),
    (0xE000, "the first character after the surrogates, private use"),
    (0xF8FF, "the last private-use character of the BMP"),
    (0xFDD0, "a noncharacter inside the BMP"),
    (0xFEFF, "the byte order mark"),
    (0xFFFD, "the replacement character"),
    (0xFFFE, "a noncharacter, the byte order mark with swapped bytes"),
    (0xFFFF, "the last code point of the BMP, a noncharacter"),
    (0x10000, "the first character outside the BMP"),
    (0x1F600, "an emoji"),
    (0x1FFFE, "a noncharacter outside the BMP"),
    (0xE0001, "a language tag"),
    (0xF0000, "a private-use character outside the BMP"),
    (0xFFFFF, "the last code point of plane 15"),
    (0x10FFFD, "the last private-use character"),
    (0x10FFFF, "the last code point"),
]

LONE = [
    ("\ud800", "the first high surrogate alone"),
    ("\udbff", "the last high surrogate alone"),
    ("\udc00", "the first low surrogate alone"),
    ("\udfff", "the last low surrogate alone"),
    ("a\ud83db", "a high surrogate between letters"),
    ("\ude00\ud83d", "a surrogate pair in the wrong order"),
    ("\ud83d\ud83d\ude00", "a lone surrogate before a pair"),
    ("\ud83d\ude00\ude00", "a lone surrogate after a pair"),
    ("\ud83d\ud83d", "two high surrogates"),
    ("\ude00\ude00", "two low surrogates"),
    ("\ud83d\x00", "a lone surrogate before NUL"),
    ("x\ud800", "a lone surrogate at the end"),
    ("\ud800\u0041\udc00", "two surrogates with a letter in between"),
]


def cases() -> Iterator[Case]:
    for unit in range(0x00, 0xA0):
        yield Case(chr(unit), f"the single character U+{unit:04X}", STRINGS)
    for point, description in EDGES:
        yield Case(chr(point), f"U+{point:04X}, {description}", STRINGS)
        yield Case(f"a{chr(point)}z", f"U+{point:04X} between letters", STRINGS)
    for text, description in LONE:
        # Tagged by UTF-16 units, so that a surrogate pair becomes one character in every language.
        yield Case(Tag("$utf16", text.encode("utf-16-be", "surrogatepass").hex()), description, STRINGS)
    yield Case(
        Tag("$utf16", "00e9d83dde00"),
        "a well-formed string as UTF-16 units requires no feature",
        STRINGS,
        '"\\u00e9\\ud83d\\ude00"',
    )
    yield Case({"k": ["\udead"]}, "a nested lone surrogate", STRINGS, '{"k":["\\udead"]}')
    yield Case("".join(chr(unit) for unit in range(0x20, 0x7F)), "all printable ASCII characters", STRINGS)
    yield Case("".join(chr(unit) for unit in range(0x20)), "all C0 control characters", STRINGS)
    yield Case("".join(chr(unit) for unit in range(0x7F, 0x100)), "DEL, all C1 control characters and Latin-1", STRINGS)
    yield Case("\\u0041", "text that looks like an escape is a backslash and letters", STRINGS, '"\\\\u0041"')
    yield Case("\\n", "a backslash and an n, not a new line", STRINGS, '"\\\\n"')
    yield Case("\\\\", "two backslashes", STRINGS, '"\\\\\\\\"')
    yield Case('"', "a single quotation mark", STRINGS, '"\\""')
    yield Case("\\", "a single backslash", STRINGS, '"\\\\"')
    yield Case('\\"', "a backslash before a quotation mark", STRINGS, '"\\\\\\""')
    yield Case("/", "a slash is not escaped", STRINGS, '"/"')
    yield Case("'", "an apostrophe is not escaped", STRINGS, '"\'"')
    yield Case("null", "the string null", STRINGS, '"null"')
    yield Case("a\r\nb", "a line end of two characters", STRINGS, '"a\\r\\nb"')
    yield Case("e\u0301", "not normalized: e with a combining accent", STRINGS, '"e\\u0301"')
    yield Case("\u00e9", "not normalized: the precomposed letter", STRINGS, '"\\u00e9"')
    yield Case(["\u212b", "\u00c5", "A\u030a"], "three encodings of the same letter remain different", STRINGS)
    yield Case(" a ", "strings are not trimmed", STRINGS, '" a "')
    yield Case("Straße", "letters are not case-folded", STRINGS, '"Stra\\u00dfe"')
    yield Case(repeat("a", 4096), "4096 characters", STRINGS)
    yield Case(repeat("é", 1024), "1024 escapes", STRINGS)
    yield Case(repeat("😀", 513), "513 surrogate pairs", STRINGS)
    yield Case(repeat('"\\\n', 341), "consecutive short escapes", STRINGS)
    yield Case(repeat("ab\x7f", 700), "an escape after every two letters", STRINGS)

    for text, description in [
        ("a, b", "a comma and a space"),
        ("a: b", "a colon and a space"),
        ("a, b: c, d: e", "commas and colons with spaces"),
        ('", "', "what separates two strings in spaced JSON"),
        ('": "', "what separates a key from its value in spaced JSON"),
        ("a,b:c", "a comma and a colon without spaces"),
        ("a:null,b", "null between a colon and a comma"),
        (":null}", "null between a colon and a brace"),
        ("[null,null]", "null between brackets and commas"),
        ("x,null]", "null between a comma and a bracket"),
        ("a:None,b", "None between a colon and a comma"),
        ("a:true,b", "true between a colon and a comma"),
        ("2026-01-02", "a date"),
        ("2026-01-02T03:04:05Z", "a time in UTC without milliseconds"),
        ("2026-01-02T03:04:05.000Z", "a time in UTC with milliseconds of zero"),
        ("2026-01-02T03:04:05.120Z", "a time in UTC with milliseconds that end in zero"),
        ("2026-01-02T03:04:05+00:00", "a time with an offset of zero"),
        ("2026-01-02T03:04:05+01:00", "a time with an offset"),
        ("2026-01-02T03:04:05", "a time without an offset"),
        ("2026-01-02 03:04:05", "a time with a space"),
        ("/Date(1767323045000)/", "a date in the notation of Microsoft"),
        ("PT1H0M", "a duration"),
        ("C0FFEE00-1234-4ABC-8DEF-0123456789AB", "a UUID in upper case"),
        ("%41%20%2F", "percent-encoded characters"),
        ("&amp;&#39;", "character references of HTML"),
        ("AAPL;", "a semicolon at the end"),
    ]:
        yield Case(text, f"text is kept as it is: {description}", STRINGS)
        yield Case({text: [text]}, f"text in a key is kept as it is: {description}", STRINGS)
    # One string for each block of 256 would need as many cases, and the place of a difference shows the block anyway.
    bmp = [chr(point) for point in range(0x80, 0x10000) if not 0xD800 <= point < 0xE000]
    yield Case("".join(bmp), "every character of the BMP outside ASCII but the surrogates", STRINGS, hashed=True)
    for plane in range(1, 17):
        first = plane * 0x10000
        edges = [*range(first, first + 4), *range(first + 0x3FE, first + 0x402), *range(first + 0xFFFC, first + 0x10000)]
        yield Case("".join(map(chr, edges)), f"the edges of plane {plane}", STRINGS)
        yield Case(
            "".join(chr(first + block) for block in range(0, 0x10000, 0x100)),
            f"the first character of each block of 256 in plane {plane}",
            STRINGS,
            hashed=True,
        )
    for length in [8191, 8192, 8193, 16384, 32768, 65535, 65536, 65537, 262145]:
        yield Case(repeat("a", length), f"{length} characters", STRINGS, hashed=True)
    for length in [4097, 8193, 65537]:
        yield Case(repeat("\u00e9", length), f"{length} escapes", STRINGS, hashed=True)
    # A period of three UTF-16 units: at every power of two from 1 to 2^18, one of the two texts has a pair across it.
    for text in ["\U0001f600a", "a\U0001f600"]:
        yield Case(repeat(text, 90000), "surrogate pairs at the end of any chunk of 2^k units", STRINGS, hashed=True)
