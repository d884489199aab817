"""Strings that often cause errors in programs. Invisible characters are written as escapes."""

from __future__ import annotations

from typing import Dict, List

# fmt: off
NAUGHTY: Dict[str, List[str]] = {
    "keywords of programming languages": [
        "null", "NULL", "nil", "None", "undefined", "NaN", "nan", "Infinity", "-Infinity", "inf", "true",
        "True", "TRUE", "false", "yes", "no", "on", "off", "void", "this", "self", "then", "eval", "arguments",
    ],
    "property names of JavaScript objects": [
        "__proto__", "constructor", "prototype", "toString", "valueOf", "hasOwnProperty", "isPrototypeOf",
        "toJSON", "__defineGetter__", "__lookupSetter__", "length", "name", "caller", "propertyIsEnumerable",
    ],
    "attribute names of Python objects": [
        "__class__", "__init__", "__dict__", "__len__", "__repr__", "__main__", "self.a",
    ],
    "numbers as text": [
        "0", "-0", "+0", "00", "01", "1", "-1", "10", "2", "9", "1.0", "1.", ".5", "1e5", "1E5", "1e+16",
        "1e-07", "0x10", "0b1", "0o7", "1_000", "1,000", "1.000,00", "4294967295", "4294967294",
        "9007199254740993", "18446744073709551616", "٣", "Ⅷ", "½", "1️⃣", "１２", "-１", "∞", "1/0", "1 000", "1n",
        "1f", "1L",
    ],
    "empty and nearly empty strings": [
        "", " ", "  ", "\t", "\n", "\r", "\r\n", "\x0b", "\x0c", "\x00", "\x00\x00", "a\x00b", "\x1a",
        "\x1b[31m", "\x04", "\x7f\x7f",
    ],
    "white space characters": [
        "\u00a0", "\u1680", "\u180e", "\u2000", "\u2002", "\u2003", "\u2007", "\u2008", "\u2009", "\u200a",
        "\u2028", "\u2029", "\u202f", "\u205f", "\u3000", "\ufeff", "\u0085", "\u2800", "\u3164",
        "a\u2028b\u2029c",
    ],
    "invisible characters": [
        "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u2060", "\u2061", "\u2063", "\u034f", "\u115f",
        "\u17b4", "\ufe0e", "\ufe0f", "\ufff9a\ufffab\ufffb", "\ufffc", "AA\u200bPL", "AAPL\ufeff",
        "\ufeffAAPL", "\u00adAAPL", "\U000e0041\U000e0042", "\U0001d173",
    ],
    "right-to-left text": [
        "שלום", "مرحبا", "שָׁלוֹם", "الأسهم 123", "abc שלום def", "\u202eLPAA\u202c", "\u2066אבג\u2069",
        "\u061c", "\u202d12\u202c", "\u200fAAPL\u200f", "ܫܠܡܐ", "ދިވެހި",
    ],
    "scripts": [
        "Ελλάδα", "Привет", "ἄνθρωπος", "საქართველო", "Հայաստան", "नमस्ते", "வணக்கம்", "สวัสดี", "ສະບາຍດີ",
        "မြန်မာ", "ភាសាខ្មែរ", "አማርኛ", "ᐃᓄᒃᑎᑐᑦ", "日本語", "中文", "한국어", "ㅎㅏㄴ", "ﾊﾝｶｸ", "ＦＵＬＬ", "ꦗꦮ", "ᠮᠣᠩᠭᠣᠯ",
        "བོད་", "Tiếng Việt", "İstanbul", "ıI", "ŒŸß", "ﬁﬂ", "ǆǅǄ", "𐌰𐌱", "𓀀𓀁", "𒀀", "𐎀", "𝔄𝕒𝟘", "𠜎𠮷", "🄰🄱",
        "ꟻ",
    ],
    "combining characters": [
        "e\u0301", "\u0301", "a\u0300\u0316\u0331", "Z\u0351\u036b\u0343\u032a\u0302a\u034a\u0348l\u0354",
        "\u0e01\u0e33", "ก็็็็็็็", "\u1112\u1161\u11ab", "\u0344", "\u20dd", "\u0335\u0336\u0337", "n\u0303 ñ",
    ],
    "emoji": [
        "😀", "👍🏽", "👩\u200d🚀", "👨\u200d👩\u200d👧\u200d👦", "🏳\ufe0f\u200d🌈", "🇨🇭", "🇦🇶🇺", "❤\ufe0f", "❤\ufe0e",
        "📈📉", "🧑🏿\u200d🤝\u200d🧑🏻", "*\ufe0f\u20e3",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "🫠", "☃",
    ],
    "control characters and noncharacters": [
        "\x01\x02\x03", "\x07", "\x08", "\x0e\x0f", "\x1c\x1d\x1e\x1f", "\x80\x81", "\x84", "\x90", "\x9c",
        "\x9f", "\ufdd0", "\ufdef", "\ufffe", "\uffff", "\U0001fffe", "\U0001ffff", "\U0010fffe", "\U0010ffff",
        "\ue000", "\uf8ff", "\U000f0000", "\ufffd", "\ud7ff\ue000",
    ],
    "text that looks like markup": [
        "<b>AAPL</b>", "<script>alert(1)</script>", "</script>", "<!-- -->", "]]>", "<![CDATA[x]]>", "&amp;",
        "&#x41;", "&lt;", "\" onload=\"x", "javascript:x", "<img src=x>", "<?xml version=\"1.0\"?>",
    ],
    "text that looks like a query or a template": [
        "'; DROP TABLE orders; --", "1 OR 1=1", "\" OR \"\"=\"", "${symbol}", "{{symbol}}", "#{symbol}",
        "%s%s%n", "%d", "{0}", "{}", "{0.__class__}", "$1", "$&", "`date`", "$(date)", "; exit", "| cat", "*",
        "?", "~", "!",
    ],
    "text that looks like JSON": [
        "{}", "[]", "\"\"", "\"", "{\"symbol\":\"AAPL\"}", "{\"a\":", "[1,2", "\\\"", "\\u0041", "\\ud83d",
        "\\", "\\\\", "\\n", "\\x41", "//", "/* */", ",", ":", ",,", "{\"a\":1}{\"b\":2}", "'a'",
        "\u201ca\u201d",
    ],
    "text that looks like a topic": [
        "bars:{}", "bars:{\"resolution\":\"1\",\"symbol\":\"AAPL\"}", ":", "bars:AAPL:1", "a:b:c", "#", "+",
        "orders.*", "orders/>",
    ],
    "paths and addresses": [
        "/", "..", "../../etc/hosts", "C:\\prices\\new", "\\\\server\\share", "file:///tmp",
        "https://example.org/?a=1&b=2#c", "a%20b", "%00", "%u0041", "a+b", "~/x", "a/b~c", "user@example.org",
        "::1",
    ],
    "market symbols": [
        "AAPL", "BRK.B", "BRK-B", "BTC/USD", "EUR=X", "^GSPC", "ES1!", "NASDAQ:AAPL", "7203.T", "РТС", "$SPX.X",
        "BTC-PERP", "aapl", "AAPL ", "C", "0005.HK", "M&M.NS", "L'OR", "3M|NYSE",
    ],
    "line ends and quotation marks": [
        "a\nb", "a\rb", "a\r\nb", "a\u0085b", "\"a\"", "'a'", "‘a’", "«a»", "\"\"\"", "```", "a\\\nb", "\\\r",
    ],
}
# fmt: on


def naughty_strings() -> List[str]:
    """Returns all strings in order, without duplicates."""
    return list(dict.fromkeys(text for texts in NAUGHTY.values() for text in texts))
