// Written by `npm run generate` from scripts/mutants.mjs and the marks in harnesses/node/topic.mjs.
import type { Mutant } from "./mutant.js";

export const MUTANTS: readonly Mutant[] = [
  {
    "name": "utf16-sort",
    "description": "sorts keys by UTF-16 units, like Array.prototype.sort",
    "replacements": [
      {
        "start": 5162,
        "end": 5179,
        "text": ""
      }
    ]
  },
  {
    "name": "locale-sort",
    "description": "sorts keys with localeCompare",
    "replacements": [
      {
        "start": 5162,
        "end": 5179,
        "text": "(a, b) => a.localeCompare(b, \"en\")"
      }
    ]
  },
  {
    "name": "numeric-sort",
    "description": "puts numeric keys first, like the property order of JavaScript",
    "replacements": [
      {
        "start": 5162,
        "end": 5179,
        "text": "(a, b) => Number(/^\\d+$/.test(b)) - Number(/^\\d+$/.test(a)) || (/^\\d+$/.test(a) ? a - b : compareCodePoints(a, b))"
      }
    ]
  },
  {
    "name": "unsorted-nested-keys",
    "description": "sorts only the top level",
    "replacements": [
      {
        "start": 5142,
        "end": 5150,
        "text": "!isArray && this.open.length === 0"
      }
    ]
  },
  {
    "name": "prefix-sorts-last",
    "description": "sorts a key after the keys of which it is a prefix",
    "replacements": [
      {
        "start": 6739,
        "end": 6766,
        "text": "return b.length - a.length;"
      }
    ]
  },
  {
    "name": "arrays-sorted",
    "description": "sorts arrays",
    "replacements": [
      {
        "start": 5245,
        "end": 5254,
        "text": "(isArray ? keys.sort((a, b) => (String(container[a]) < String(container[b]) ? -1 : 1)) : keys).map("
      }
    ]
  },
  {
    "name": "proto-dropped",
    "description": "drops the key __proto__",
    "replacements": [
      {
        "start": 4968,
        "end": 4990,
        "text": "Object.keys(container).filter((key) => key !== \"__proto__\")"
      }
    ]
  },
  {
    "name": "empty-key-dropped",
    "description": "drops the empty key",
    "replacements": [
      {
        "start": 4968,
        "end": 4990,
        "text": "Object.keys(container).filter((key) => key !== \"\" || Array.isArray(container))"
      }
    ]
  },
  {
    "name": "non-enumerable-keys",
    "description": "writes non-enumerable members",
    "replacements": [
      {
        "start": 4968,
        "end": 4990,
        "text": "Object.getOwnPropertyNames(container).filter((key) => !Array.isArray(container) || key !== 'length')"
      }
    ]
  },
  {
    "name": "null-as-nothing",
    "description": "writes nothing for null, which makes `{\"symbol\":}`, like the legacy TypeScript",
    "replacements": [
      {
        "start": 2256,
        "end": 2260,
        "text": "''"
      }
    ]
  },
  {
    "name": "null-as-null",
    "description": "writes null as null, like JSON.stringify",
    "replacements": [
      {
        "start": 2256,
        "end": 2260,
        "text": "'null'"
      }
    ]
  },
  {
    "name": "top-level-null-empty",
    "description": "writes nothing for null at the top level",
    "replacements": [
      {
        "start": 2256,
        "end": 2260,
        "text": "this.open.length === 0 ? '' : '\"\"'"
      }
    ]
  },
  {
    "name": "undefined-dropped",
    "description": "drops undefined members, like JSON.stringify",
    "replacements": [
      {
        "start": 5290,
        "end": 5296,
        "text": "key)]).filter(([, value]) => value !== undefined)"
      }
    ]
  },
  {
    "name": "raw-non-ascii",
    "description": "does not escape non-ASCII characters, like JSON.stringify",
    "replacements": [
      {
        "start": 7089,
        "end": 7104,
        "text": "/[\"\\\\\\x00-\\x1f\\x7f\\ud800-\\udfff]/g"
      }
    ]
  },
  {
    "name": "raw-supplementary",
    "description": "escapes only the characters of the BMP",
    "replacements": [
      {
        "start": 7089,
        "end": 7104,
        "text": "/[^ !#-[\\]-~\\ud800-\\udfff]/g"
      }
    ]
  },
  {
    "name": "raw-delete",
    "description": "does not escape U+007F",
    "replacements": [
      {
        "start": 7089,
        "end": 7104,
        "text": "/[^ !#-[\\]-\\x7f]/g"
      }
    ]
  },
  {
    "name": "raw-line-separator",
    "description": "does not escape U+2028 and U+2029",
    "replacements": [
      {
        "start": 7089,
        "end": 7104,
        "text": "/[^ !#-[\\]-~\\u2028\\u2029]/g"
      }
    ]
  },
  {
    "name": "upper-case-hex",
    "description": "writes \\u00E9 instead of \\u00e9",
    "replacements": [
      {
        "start": 7284,
        "end": 7293,
        "text": ".toUpperCase().padStart"
      }
    ]
  },
  {
    "name": "code-point-escapes",
    "description": "writes one escape per code point: \\u1f600 for a surrogate pair",
    "replacements": [
      {
        "start": 7076,
        "end": 7156,
        "text": "text.replace(/[^ !#-[\\]-~]/gu, (unit) => SHORT_ESCAPES[unit] ?? `\\\\u${unit.codePointAt(0).toString(16).padStart(4, '0')}`)"
      }
    ]
  },
  {
    "name": "no-short-escapes",
    "description": "writes \\u0008 and \\u000c instead of \\b and \\f",
    "replacements": [
      {
        "start": 6882,
        "end": 6908,
        "text": ""
      }
    ]
  },
  {
    "name": "vertical-tab-short",
    "description": "writes \\v instead of \\u000b, like JavaScript source code",
    "replacements": [
      {
        "start": 6882,
        "end": 6895,
        "text": ", \"\\v\": \"\\\\v\", \"\\f\": \"\\\\f\""
      }
    ]
  },
  {
    "name": "slash-escaped",
    "description": "writes \\/ instead of /, like PHP",
    "replacements": [
      {
        "start": 7089,
        "end": 7115,
        "text": "/[^ !#-.0-[\\]-~]/g, (unit) => unit === '/' ? '\\\\/' :"
      }
    ]
  },
  {
    "name": "lone-surrogates-replaced",
    "description": "replaces a lone surrogate with U+FFFD",
    "replacements": [
      {
        "start": 7074,
        "end": 7080,
        "text": "= Buffer.from(text).toString()"
      }
    ]
  },
  {
    "name": "normalized",
    "description": "normalizes strings to NFC",
    "replacements": [
      {
        "start": 7074,
        "end": 7080,
        "text": "= text.normalize(\"NFC\")"
      }
    ]
  },
  {
    "name": "trimmed",
    "description": "trims strings",
    "replacements": [
      {
        "start": 7074,
        "end": 7080,
        "text": "= text.trim()"
      }
    ]
  },
  {
    "name": "javascript-exponents",
    "description": "uses exponents from 1e21 and below 1e-6, like JavaScript",
    "replacements": [
      {
        "start": 7649,
        "end": 7688,
        "text": "(magnitude < 1e-6 || magnitude >= 1e21)"
      }
    ]
  },
  {
    "name": "one-digit-exponents",
    "description": "writes 1e-7 instead of 1e-07",
    "replacements": [
      {
        "start": 7847,
        "end": 7864,
        "text": ""
      }
    ]
  },
  {
    "name": "unsigned-exponents",
    "description": "writes 1e16 instead of 1e+16",
    "replacements": [
      {
        "start": 7813,
        "end": 7828,
        "text": "e${exponent[0].replace('+', '')}"
      }
    ]
  },
  {
    "name": "small-threshold-low",
    "description": "uses exponents only below 1e-5",
    "replacements": [
      {
        "start": 7662,
        "end": 7666,
        "text": "1e-5"
      }
    ]
  },
  {
    "name": "small-threshold-inclusive",
    "description": "uses an exponent for 1e-4 itself",
    "replacements": [
      {
        "start": 7660,
        "end": 7666,
        "text": "<= 1e-4"
      }
    ]
  },
  {
    "name": "large-threshold-exclusive",
    "description": "uses no exponent for 1e16 itself",
    "replacements": [
      {
        "start": 7680,
        "end": 7687,
        "text": "> 1e16"
      }
    ]
  },
  {
    "name": "large-threshold-high",
    "description": "uses exponents only from 1e17",
    "replacements": [
      {
        "start": 7683,
        "end": 7687,
        "text": "1e17"
      }
    ]
  },
  {
    "name": "whole-floats-as-integers",
    "description": "writes 1 instead of 1.0",
    "replacements": [
      {
        "start": 7940,
        "end": 7944,
        "text": "\"\""
      }
    ]
  },
  {
    "name": "negative-zero-unsigned",
    "description": "writes 0.0 instead of -0.0",
    "replacements": [
      {
        "start": 7499,
        "end": 7523,
        "text": ""
      }
    ]
  },
  {
    "name": "fifteen-digits",
    "description": "writes floats with 15 digits, like %.15g, which loses precision",
    "replacements": [
      {
        "start": 7579,
        "end": 7594,
        "text": "Math.min(Number.MAX_VALUE, Number(Math.abs(value).toPrecision(15)))"
      }
    ]
  },
  {
    "name": "integers-rounded",
    "description": "rounds integers beyond 2^53 to a double",
    "replacements": [
      {
        "start": 3493,
        "end": 3498,
        "text": "BigInt(Number(value))"
      }
    ]
  },
  {
    "name": "long-integers-accepted",
    "description": "accepts integers of more than 4,300 digits",
    "replacements": [
      {
        "start": 3372,
        "end": 3405,
        "text": "false"
      }
    ]
  },
  {
    "name": "long-integers-off-by-one",
    "description": "rejects integers of 4,300 digits",
    "replacements": [
      {
        "start": 3314,
        "end": 3332,
        "text": "MAX_INTEGER_DIGITS - 1"
      }
    ]
  },
  {
    "name": "unsafe-integers-accepted",
    "description": "accepts an integer number beyond 2^53 - 1, which may be rounded",
    "replacements": [
      {
        "start": 3163,
        "end": 3194,
        "text": "return this.append(String(BigInt(value)))"
      }
    ]
  },
  {
    "name": "nan-as-null",
    "description": "writes NaN and the infinities as null, like JSON.stringify",
    "replacements": [
      {
        "start": 3590,
        "end": 3615,
        "text": "return this.append('\"\"')"
      }
    ]
  },
  {
    "name": "infinity-accepted",
    "description": "writes Infinity, like json.dumps in Python",
    "replacements": [
      {
        "start": 3561,
        "end": 3616,
        "text": "if (Number.isNaN(value)) this.refuse(\"not_finite\");\n    if (!Number.isFinite(value)) return this.append(String(value));"
      }
    ]
  },
  {
    "name": "spaces-after-separators",
    "description": "writes a space after commas, like json.dumps without separators",
    "replacements": [
      {
        "start": 4286,
        "end": 4289,
        "text": "\", \""
      }
    ]
  },
  {
    "name": "space-after-colon",
    "description": "writes a space after colons",
    "replacements": [
      {
        "start": 4361,
        "end": 4363,
        "text": ": `"
      }
    ]
  },
  {
    "name": "cycles-overflow",
    "description": "checks neither cycles nor the depth",
    "replacements": [
      {
        "start": 3877,
        "end": 3933,
        "text": ""
      },
      {
        "start": 3965,
        "end": 4024,
        "text": ""
      }
    ]
  },
  {
    "name": "repeats-taken-for-cycles",
    "description": "rejects a container that occurs twice",
    "replacements": [
      {
        "start": 4495,
        "end": 4511,
        "text": ""
      }
    ]
  },
  {
    "name": "depth-63",
    "description": "rejects the 64th nested container",
    "replacements": [
      {
        "start": 3989,
        "end": 3998,
        "text": "MAX_DEPTH - 1"
      }
    ]
  },
  {
    "name": "depth-65",
    "description": "accepts the 65th nested container",
    "replacements": [
      {
        "start": 3986,
        "end": 3988,
        "text": ">"
      }
    ]
  },
  {
    "name": "floats-count-as-containers",
    "description": "rejects a marked float in the 64th container, as if it were a container",
    "replacements": [
      {
        "start": 3790,
        "end": 3845,
        "text": "if (float !== undefined && this.open.length >= MAX_DEPTH) this.refuse(\"too_deep\"); if (float !== undefined) return this.writeFloat(float);"
      }
    ]
  },
  {
    "name": "holes-as-null",
    "description": "writes a hole in an array as null",
    "replacements": [
      {
        "start": 5027,
        "end": 5104,
        "text": "if (isArray) return { isArray, members: Array.from(container, (value, index) => [String(index), value]) };"
      }
    ]
  },
  {
    "name": "instances-as-objects",
    "description": "accepts any object: writes {} for a Map, a Set or a Date",
    "replacements": [
      {
        "start": 4735,
        "end": 4801,
        "text": ""
      }
    ]
  },
  {
    "name": "to-json-called",
    "description": "calls toJSON: writes a Date as a string",
    "replacements": [
      {
        "start": 3719,
        "end": 3758,
        "text": "const float = Float.valueOf(container);\n    if (typeof container.toJSON === \"function\") return this.write(container.toJSON());"
      }
    ]
  },
  {
    "name": "accessors-run",
    "description": "calls getters",
    "replacements": [
      {
        "start": 5651,
        "end": 5674,
        "text": "return container[key]"
      }
    ]
  },
  {
    "name": "symbol-keys-ignored",
    "description": "drops members with symbol keys",
    "replacements": [
      {
        "start": 4839,
        "end": 4921,
        "text": ""
      }
    ]
  },
  {
    "name": "own-realm-only",
    "description": "rejects a plain object of another realm, such as an iframe or a vm",
    "replacements": [
      {
        "start": 6233,
        "end": 6300,
        "text": "return prototype === Object.prototype;"
      }
    ]
  },
  {
    "name": "null-prototype-refused",
    "description": "rejects an object without a prototype",
    "replacements": [
      {
        "start": 5864,
        "end": 5872,
        "text": "false"
      }
    ]
  },
  {
    "name": "functions-as-null",
    "description": "writes functions and symbols as null, like JSON.stringify in arrays",
    "replacements": [
      {
        "start": 2721,
        "end": 2760,
        "text": "return this.append('\"\"');"
      }
    ]
  },
  {
    "name": "route-unchecked",
    "description": "accepts any route name",
    "replacements": [
      {
        "start": 1474,
        "end": 1565,
        "text": ""
      }
    ]
  },
  {
    "name": "parse-lenient",
    "description": "parses topics that are not canonical",
    "replacements": [
      {
        "start": 8465,
        "end": 8473,
        "text": "!== undefined"
      }
    ]
  },
  {
    "name": "parse-last-colon",
    "description": "splits a topic at its last colon",
    "replacements": [
      {
        "start": 8181,
        "end": 8188,
        "text": "lastIndexOf"
      }
    ]
  },
  {
    "name": "parse-rounds",
    "description": "parses 1.0 as an integer",
    "replacements": [
      {
        "start": 9485,
        "end": 9508,
        "text": "Number(text)"
      }
    ]
  }
];
