"""Object keys: any string is a key, and keys are sorted by code point."""

from __future__ import annotations

from typing import Iterator

from .case import Case
from .naughty import naughty_strings

PREFIX = "key"
OBJECTS = "PROTOCOL.md, Topics: objects"


def cases() -> Iterator[Case]:
    yield Case(
        {"a": 1, "B": 2, "_": 3, "1": 4},
        "order: digits, upper case, underscore, lower case",
        OBJECTS,
        '{"1":4,"B":2,"_":3,"a":1}',
    )
    yield Case(
        {"10": 1, "9": 2, "1": 3, "2": 4}, "digits sort as text, not as numbers", OBJECTS, '{"1":3,"10":1,"2":4,"9":2}'
    )
    yield Case(
        {"b": 1, "10": 2, "a": 3, "2": 4},
        "numeric keys do not come first",
        OBJECTS,
        '{"10":2,"2":4,"a":3,"b":1}',
    )
    yield Case({"ab": 1, "a": 2, "": 3, "abc": 4}, "a prefix sorts first", OBJECTS, '{"":3,"a":2,"ab":1,"abc":4}')
    yield Case(
        {"a b": 1, "a": 2, "a!": 3, "a\x1f": 4},
        "a control character sorts before the space",
        OBJECTS,
        '{"a":2,"a\\u001f":4,"a b":1,"a!":3}',
    )
    yield Case(
        {'a"': 1, "a!": 2, "a#": 3},
        "keys sort by their characters, not by their escapes",
        OBJECTS,
        '{"a!":2,"a\\"":1,"a#":3}',
    )
    yield Case({"\\": 1, "]": 2, "[": 3}, "the backslash sorts by its code point", OBJECTS, '{"[":3,"\\\\":1,"]":2}')
    yield Case({"\x7f": 1, "~": 2, "\x80": 3}, "DEL sorts after the tilde", OBJECTS, '{"~":2,"\\u007f":1,"\\u0080":3}')
    yield Case(
        {"é": 1, "z": 2, "e": 3, "E": 4},
        "no locale: z sorts before an accented e",
        OBJECTS,
        '{"E":4,"e":3,"z":2,"\\u00e9":1}',
    )
    yield Case({"ä": 1, "a": 2, "z": 3, "ö": 4, "Z": 5}, "no locale: umlauts sort last", OBJECTS)
    yield Case({"e\u0301": 1, "\u00e9": 2, "f": 3}, "two encodings of the same letter are two keys", OBJECTS)
    yield Case({"A": 1, "a": 2}, "keys are case-sensitive", OBJECTS, '{"A":1,"a":2}')
    yield Case({"I": 1, "i": 2, "ı": 3, "İ": 4}, "the four letters i of Turkish", OBJECTS)
    yield Case(
        {"\uffff": 1, "\U00010000": 2},
        "the last code point of the BMP and the first beyond it",
        OBJECTS,
        '{"\\uffff":1,"\\ud800\\udc00":2}',
    )
    yield Case(
        {"\ue000": 1, "\U0010ffff": 2, "\ud7ff": 3},
        "code points next to the surrogates",
        OBJECTS,
        '{"\\ud7ff":3,"\\ue000":1,"\\udbff\\udfff":2}',
    )
    yield Case({"😀": 1, "\ufeff": 2, "Ａ": 3, "a": 4}, "emoji sort after the BMP", OBJECTS)
    yield Case(
        {"a😀": 1, "a\uffee": 2, "a": 3},
        "the UTF-16 order differs after a common prefix",
        OBJECTS,
        '{"a":3,"a\\uffee":2,"a\\ud83d\\ude00":1}',
    )
    yield Case({"😀a": 1, "😀\uffee": 2, "😀😀": 3}, "the UTF-16 order differs after a common surrogate pair", OBJECTS)
    yield Case({"😀": 1, "😁": 2, "🤀": 3, "𐀀": 4}, "order of surrogate pairs", OBJECTS)
    yield Case({"\U0001f600": 1, "\U0001f601": 2, "\U0001f5ff": 3}, "surrogate pairs that differ in one half", OBJECTS)
    yield Case(
        {"\ud83d": 1, "\uffee": 2, "😀": 3, "\ude00": 4},
        "lone surrogates sort by their code point, before U+FFEE",
        OBJECTS,
        '{"\\ud83d":1,"\\ude00":4,"\\uffee":2,"\\ud83d\\ude00":3}',
    )
    yield Case(
        {"\ud83dx": 1, "😀": 2, "\ud83d": 3},
        "a lone surrogate with a letter sorts before a surrogate pair",
        OBJECTS,
        '{"\\ud83d":3,"\\ud83dx":1,"\\ud83d\\ude00":2}',
    )
    yield Case({"\udfff": 1, "\ue000": 2, "\ud800": 3}, "the first and last surrogates", OBJECTS)
    yield Case({"$float": 1}, "a key that looks like a tag", OBJECTS, '{"$float":1}')
    yield Case({"$b": 1, "$a": {"$c": None}}, "keys with a dollar sign", OBJECTS, '{"$a":{"$c":""},"$b":1}')
    yield Case({"__proto__": 1}, "__proto__ is an ordinary key", OBJECTS, '{"__proto__":1}')
    yield Case({"__proto__": {"a": 1}, "a": 2}, "__proto__ with an object", OBJECTS, '{"__proto__":{"a":1},"a":2}')
    yield Case({"__proto__": None}, "__proto__ with null", OBJECTS, '{"__proto__":""}')
    yield Case({"constructor": {"prototype": {"a": 1}}}, "constructor and prototype", OBJECTS)
    yield Case(
        {"toJSON": 1, "toString": 2, "valueOf": 3},
        "names of conversion methods",
        OBJECTS,
        '{"toJSON":1,"toString":2,"valueOf":3}',
    )
    yield Case(
        {"length": 2, "0": "a", "1": "b"}, "an object that looks like an array", OBJECTS, '{"0":"a","1":"b","length":2}'
    )
    yield Case({"then": 1}, "an object that looks like a promise", OBJECTS, '{"then":1}')
    yield Case({"": 1}, "the empty key", OBJECTS, '{"":1}')
    yield Case({"": {"": {"": None}}}, "nested empty keys", OBJECTS, '{"":{"":{"":""}}}')
    yield Case({"\x00": 1, "": 2, "\x00\x00": 3}, "NUL in keys", OBJECTS, '{"":2,"\\u0000":1,"\\u0000\\u0000":3}')
    yield Case({" a": 1, "a ": 2, "a": 3}, "keys are not trimmed", OBJECTS, '{" a":1,"a":3,"a ":2}')
    yield Case(
        {"accountId": 1, "accountID": 2, "AccountId": 3, "account_id": 4}, "keys that differ only in case", OBJECTS
    )
    for count in [10, 11, 12, 100, 500]:
        # 7919 is coprime to the counts, so the keys are shuffled.
        members = {f"k{index * 7919 % count}": index for index in range(count)}
        yield Case(members, f"{count} unsorted keys", OBJECTS)
    yield Case(
        {chr(0x1F600 - index * 0x800): index for index in range(60)}, "sixty keys inside and outside the BMP", OBJECTS
    )
    yield Case(
        {"k" * index: index for index in range(40, 0, -1)}, "forty keys that are prefixes of each other", OBJECTS
    )

    naughty = naughty_strings()
    for index, text in enumerate(naughty):
        # With two other keys, each case also tests the order.
        others = [naughty[(index * 7 + 3) % len(naughty)], naughty[(index * 13 + 5) % len(naughty)]]
        yield Case(
            {text: 1, **{other: 2 for other in others if other != text}}, "naughty strings as sorted keys", OBJECTS
        )

    for key in ["$type", "$ref", "$id", "$schema", "id", "type", "_id", "@type", "@id", "__typename", "_", "class"]:
        yield Case({key: 1}, f"the key {key} is an ordinary key", OBJECTS)
        yield Case({"z": 1, key: "x", "a": {key: 2}}, f"the key {key} next to others", OBJECTS)
    for value, description in [
        ({"0": "a"}, "one key that is an index"),
        ({"0": "a", "1": "b"}, "keys that are the indices of a list"),
        ({"1": "a", "2": "b"}, "keys that count from one"),
        ({"0": {"0": {"0": 1}}}, "nested keys that are indices"),
        ({"-1": "a", "0": "b"}, "a negative index"),
        ({str(index): index for index in range(12)}, "twelve keys that are indices: they sort as text"),
    ]:
        yield Case(value, f"an object is never written as a list: {description}", OBJECTS)
    for length in [47, 48, 49, 62, 63, 64, 127, 128, 254, 255, 256, 1000, 4096]:
        prefix = "k" * length
        yield Case(
            {f"{prefix}b": 1, f"{prefix}a": 2, prefix: 3},
            f"keys that differ after {length} characters",
            OBJECTS,
            hashed=length > 256,
        )
    for count in [501, 513, 1001, 1025, 2049, 5001]:
        members = {f"k{index * 7919 % count}": 0 for index in range(count)}
        yield Case(members, f"{count} unsorted keys", OBJECTS, hashed=True)
    for high in ["\ud83d", "\ud800", "\udbff"]:
        for after in ["\ue000", "\uffff", "\ud7ff", "a", high]:
            yield Case(
                {f"{high}{after}": 1, "\U0001f600": 2, "\uffee": 3, high: 4, "\U0010fffe": 5},
                "a high surrogate before another character, next to surrogate pairs",
                OBJECTS,
            )
    yield Case(
        {"a\ud83d\ue000": 1, "a\U0001f600": 2, "a\U0001f600\ue000": 3, "a\uffff": 4},
        "a high surrogate before another character, after a common prefix",
        OBJECTS,
    )
    yield Case({"": 1, "\ufeff": 2, "\ufeffa": 3, "a": 4}, "a byte order mark in keys is kept", OBJECTS)
