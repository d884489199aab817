// Written by `npm run generate` from scripts/mutants.mjs and the marks in harnesses/node/topic.mjs.
import type { Mutant } from "./mutant.js";

export const MUTANTS: readonly Mutant[] = [
  {
    "name": "utf16-sort",
    "description": "sorts keys by UTF-16 units, like Array.prototype.sort",
    "replacements": [
      {
        "start": 5470,
        "end": 5487,
        "text": ""
      }
    ]
  },
  {
    "name": "locale-sort",
    "description": "sorts keys with localeCompare",
    "replacements": [
      {
        "start": 5470,
        "end": 5487,
        "text": "(a, b) => a.localeCompare(b, \"en\")"
      }
    ]
  },
  {
    "name": "numeric-sort",
    "description": "puts numeric keys first, like the property order of JavaScript",
    "replacements": [
      {
        "start": 5470,
        "end": 5487,
        "text": "(a, b) => Number(/^\\d+$/.test(b)) - Number(/^\\d+$/.test(a)) || (/^\\d+$/.test(a) ? a - b : compareCodePoints(a, b))"
      }
    ]
  },
  {
    "name": "unsorted-nested-keys",
    "description": "sorts only the top level",
    "replacements": [
      {
        "start": 5450,
        "end": 5458,
        "text": "!isArray && this.open.length === 0"
      }
    ]
  },
  {
    "name": "prefix-sorts-last",
    "description": "sorts a key after the keys of which it is a prefix",
    "replacements": [
      {
        "start": 7103,
        "end": 7130,
        "text": "return b.length - a.length;"
      }
    ]
  },
  {
    "name": "arrays-sorted",
    "description": "sorts arrays",
    "replacements": [
      {
        "start": 5553,
        "end": 5562,
        "text": "(isArray ? keys.sort((a, b) => (String(container[a]) < String(container[b]) ? -1 : 1)) : keys).map("
      }
    ]
  },
  {
    "name": "proto-dropped",
    "description": "drops the key __proto__",
    "replacements": [
      {
        "start": 5276,
        "end": 5298,
        "text": "Object.keys(container).filter((key) => key !== \"__proto__\")"
      }
    ]
  },
  {
    "name": "empty-key-dropped",
    "description": "drops the empty key",
    "replacements": [
      {
        "start": 5276,
        "end": 5298,
        "text": "Object.keys(container).filter((key) => key !== \"\" || Array.isArray(container))"
      }
    ]
  },
  {
    "name": "non-enumerable-keys",
    "description": "writes non-enumerable members",
    "replacements": [
      {
        "start": 5276,
        "end": 5298,
        "text": "Object.getOwnPropertyNames(container).filter((key) => !Array.isArray(container) || key !== 'length')"
      }
    ]
  },
  {
    "name": "null-as-nothing",
    "description": "writes nothing for null, which makes `{\"symbol\":}`, like the legacy TypeScript",
    "replacements": [
      {
        "start": 2409,
        "end": 2413,
        "text": "''"
      }
    ]
  },
  {
    "name": "null-as-null",
    "description": "writes null as null, like JSON.stringify",
    "replacements": [
      {
        "start": 2409,
        "end": 2413,
        "text": "'null'"
      }
    ]
  },
  {
    "name": "top-level-null-empty",
    "description": "writes nothing for null at the top level",
    "replacements": [
      {
        "start": 2409,
        "end": 2413,
        "text": "this.open.length === 0 ? '' : '\"\"'"
      }
    ]
  },
  {
    "name": "undefined-dropped",
    "description": "drops undefined members, like JSON.stringify",
    "replacements": [
      {
        "start": 5598,
        "end": 5604,
        "text": "key)]).filter(([, value]) => value !== undefined)"
      }
    ]
  },
  {
    "name": "raw-non-ascii",
    "description": "does not escape non-ASCII characters, like JSON.stringify",
    "replacements": [
      {
        "start": 7453,
        "end": 7468,
        "text": "/[\"\\\\\\x00-\\x1f\\x7f\\ud800-\\udfff]/g"
      }
    ]
  },
  {
    "name": "raw-supplementary",
    "description": "escapes only the characters of the BMP",
    "replacements": [
      {
        "start": 7453,
        "end": 7468,
        "text": "/[^ !#-[\\]-~\\ud800-\\udfff]/g"
      }
    ]
  },
  {
    "name": "raw-delete",
    "description": "does not escape U+007F",
    "replacements": [
      {
        "start": 7453,
        "end": 7468,
        "text": "/[^ !#-[\\]-\\x7f]/g"
      }
    ]
  },
  {
    "name": "raw-line-separator",
    "description": "does not escape U+2028 and U+2029",
    "replacements": [
      {
        "start": 7453,
        "end": 7468,
        "text": "/[^ !#-[\\]-~\\u2028\\u2029]/g"
      }
    ]
  },
  {
    "name": "upper-case-hex",
    "description": "writes \\u00E9 instead of \\u00e9",
    "replacements": [
      {
        "start": 8045,
        "end": 8054,
        "text": ".toUpperCase().padStart"
      }
    ]
  },
  {
    "name": "code-point-escapes",
    "description": "writes one escape per code point: \\u1f600 for a surrogate pair",
    "replacements": [
      {
        "start": 7440,
        "end": 7520,
        "text": "text.replace(/[^ !#-[\\]-~]/gu, (unit) => SHORT_ESCAPES[unit] ?? `\\\\u${unit.codePointAt(0).toString(16).padStart(4, '0')}`)"
      }
    ]
  },
  {
    "name": "no-short-escapes",
    "description": "writes \\u0008 and \\u000c instead of \\b and \\f",
    "replacements": [
      {
        "start": 7246,
        "end": 7272,
        "text": ""
      }
    ]
  },
  {
    "name": "vertical-tab-short",
    "description": "writes \\v instead of \\u000b, like JavaScript source code",
    "replacements": [
      {
        "start": 7246,
        "end": 7259,
        "text": ", \"\\v\": \"\\\\v\", \"\\f\": \"\\\\f\""
      }
    ]
  },
  {
    "name": "slash-escaped",
    "description": "writes \\/ instead of /, like PHP",
    "replacements": [
      {
        "start": 7453,
        "end": 7479,
        "text": "/[^ !#-.0-[\\]-~]/g, (unit) => unit === '/' ? '\\\\/' :"
      }
    ]
  },
  {
    "name": "lone-surrogates-replaced",
    "description": "replaces a lone surrogate with U+FFFD",
    "replacements": [
      {
        "start": 7438,
        "end": 7444,
        "text": "= Buffer.from(text).toString()"
      }
    ]
  },
  {
    "name": "normalized",
    "description": "normalizes strings to NFC",
    "replacements": [
      {
        "start": 7438,
        "end": 7444,
        "text": "= text.normalize(\"NFC\")"
      }
    ]
  },
  {
    "name": "trimmed",
    "description": "trims strings",
    "replacements": [
      {
        "start": 7438,
        "end": 7444,
        "text": "= text.trim()"
      }
    ]
  },
  {
    "name": "javascript-exponents",
    "description": "uses exponents from 1e21 and below 1e-6, like JavaScript",
    "replacements": [
      {
        "start": 8410,
        "end": 8449,
        "text": "(magnitude < 1e-6 || magnitude >= 1e21)"
      }
    ]
  },
  {
    "name": "one-digit-exponents",
    "description": "writes 1e-7 instead of 1e-07",
    "replacements": [
      {
        "start": 8608,
        "end": 8625,
        "text": ""
      }
    ]
  },
  {
    "name": "unsigned-exponents",
    "description": "writes 1e16 instead of 1e+16",
    "replacements": [
      {
        "start": 8574,
        "end": 8589,
        "text": "e${exponent[0].replace('+', '')}"
      }
    ]
  },
  {
    "name": "small-threshold-low",
    "description": "uses exponents only below 1e-5",
    "replacements": [
      {
        "start": 8423,
        "end": 8427,
        "text": "1e-5"
      }
    ]
  },
  {
    "name": "small-threshold-inclusive",
    "description": "uses an exponent for 1e-4 itself",
    "replacements": [
      {
        "start": 8421,
        "end": 8427,
        "text": "<= 1e-4"
      }
    ]
  },
  {
    "name": "large-threshold-exclusive",
    "description": "uses no exponent for 1e16 itself",
    "replacements": [
      {
        "start": 8441,
        "end": 8448,
        "text": "> 1e16"
      }
    ]
  },
  {
    "name": "large-threshold-high",
    "description": "uses exponents only from 1e17",
    "replacements": [
      {
        "start": 8444,
        "end": 8448,
        "text": "1e17"
      }
    ]
  },
  {
    "name": "whole-floats-as-integers",
    "description": "writes 1 instead of 1.0",
    "replacements": [
      {
        "start": 8701,
        "end": 8705,
        "text": "\"\""
      }
    ]
  },
  {
    "name": "negative-zero-unsigned",
    "description": "writes 0.0 instead of -0.0",
    "replacements": [
      {
        "start": 8260,
        "end": 8284,
        "text": ""
      }
    ]
  },
  {
    "name": "fifteen-digits",
    "description": "writes floats with 15 digits, like %.15g, which loses precision",
    "replacements": [
      {
        "start": 8340,
        "end": 8355,
        "text": "Math.min(Number.MAX_VALUE, Number(Math.abs(value).toPrecision(15)))"
      }
    ]
  },
  {
    "name": "integers-rounded",
    "description": "rounds integers beyond 2^53 to a double",
    "replacements": [
      {
        "start": 3801,
        "end": 3806,
        "text": "BigInt(Number(value))"
      }
    ]
  },
  {
    "name": "long-integers-accepted",
    "description": "accepts integers of more than 4,300 digits",
    "replacements": [
      {
        "start": 3664,
        "end": 3713,
        "text": "false"
      }
    ]
  },
  {
    "name": "long-integers-off-by-one",
    "description": "rejects integers of 4,300 digits",
    "replacements": [
      {
        "start": 521,
        "end": 539,
        "text": "MAX_INTEGER_DIGITS - 1"
      }
    ]
  },
  {
    "name": "unsafe-integers-accepted",
    "description": "accepts an integer number beyond 2^53 - 1, which may be rounded",
    "replacements": [
      {
        "start": 3537,
        "end": 3568,
        "text": "return this.append(String(BigInt(value)))"
      }
    ]
  },
  {
    "name": "nan-as-null",
    "description": "writes NaN and the infinities as null, like JSON.stringify",
    "replacements": [
      {
        "start": 3898,
        "end": 3923,
        "text": "return this.append('\"\"')"
      }
    ]
  },
  {
    "name": "infinity-accepted",
    "description": "writes Infinity, like json.dumps in Python",
    "replacements": [
      {
        "start": 3869,
        "end": 3924,
        "text": "if (Number.isNaN(value)) this.refuse(\"not_finite\");\n    if (!Number.isFinite(value)) return this.append(String(value));"
      }
    ]
  },
  {
    "name": "spaces-after-separators",
    "description": "writes a space after commas, like json.dumps without separators",
    "replacements": [
      {
        "start": 4594,
        "end": 4597,
        "text": "\", \""
      }
    ]
  },
  {
    "name": "space-after-colon",
    "description": "writes a space after colons",
    "replacements": [
      {
        "start": 4669,
        "end": 4671,
        "text": ": `"
      }
    ]
  },
  {
    "name": "cycles-overflow",
    "description": "checks neither cycles nor the depth",
    "replacements": [
      {
        "start": 4185,
        "end": 4241,
        "text": ""
      },
      {
        "start": 4273,
        "end": 4332,
        "text": ""
      }
    ]
  },
  {
    "name": "repeats-taken-for-cycles",
    "description": "rejects a container that occurs twice",
    "replacements": [
      {
        "start": 4803,
        "end": 4819,
        "text": ""
      }
    ]
  },
  {
    "name": "depth-63",
    "description": "rejects the 64th nested container",
    "replacements": [
      {
        "start": 4297,
        "end": 4306,
        "text": "MAX_DEPTH - 1"
      }
    ]
  },
  {
    "name": "depth-65",
    "description": "accepts the 65th nested container",
    "replacements": [
      {
        "start": 4294,
        "end": 4296,
        "text": ">"
      }
    ]
  },
  {
    "name": "floats-count-as-containers",
    "description": "rejects a marked float in the 64th container, as if it were a container",
    "replacements": [
      {
        "start": 4098,
        "end": 4153,
        "text": "if (float !== undefined && this.open.length >= MAX_DEPTH) this.refuse(\"too_deep\"); if (float !== undefined) return this.writeFloat(float);"
      }
    ]
  },
  {
    "name": "holes-as-null",
    "description": "writes a hole in an array as null",
    "replacements": [
      {
        "start": 5335,
        "end": 5412,
        "text": "if (isArray) return { isArray, members: Array.from(container, (value, index) => [String(index), value]) };"
      }
    ]
  },
  {
    "name": "instances-as-objects",
    "description": "accepts any object: writes {} for a Map, a Set or a Date",
    "replacements": [
      {
        "start": 5043,
        "end": 5109,
        "text": ""
      }
    ]
  },
  {
    "name": "to-json-called",
    "description": "calls toJSON: writes a Date as a string",
    "replacements": [
      {
        "start": 4027,
        "end": 4066,
        "text": "const float = Float.valueOf(container);\n    if (typeof container.toJSON === \"function\") return this.write(container.toJSON());"
      }
    ]
  },
  {
    "name": "accessors-run",
    "description": "calls getters",
    "replacements": [
      {
        "start": 5959,
        "end": 5982,
        "text": "return container[key]"
      }
    ]
  },
  {
    "name": "symbol-keys-ignored",
    "description": "drops members with symbol keys",
    "replacements": [
      {
        "start": 5147,
        "end": 5229,
        "text": ""
      }
    ]
  },
  {
    "name": "own-realm-only",
    "description": "rejects a plain object of another realm, such as an iframe or a vm",
    "replacements": [
      {
        "start": 6541,
        "end": 6608,
        "text": "return prototype === Object.prototype;"
      }
    ]
  },
  {
    "name": "null-prototype-refused",
    "description": "rejects an object without a prototype",
    "replacements": [
      {
        "start": 6172,
        "end": 6180,
        "text": "false"
      }
    ]
  },
  {
    "name": "functions-as-null",
    "description": "writes functions and symbols as null, like JSON.stringify in arrays",
    "replacements": [
      {
        "start": 2901,
        "end": 2940,
        "text": "return this.append('\"\"');"
      }
    ]
  },
  {
    "name": "route-unchecked",
    "description": "accepts any route name",
    "replacements": [
      {
        "start": 1574,
        "end": 1665,
        "text": ""
      }
    ]
  },
  {
    "name": "parse-lenient",
    "description": "parses topics that are not canonical",
    "replacements": [
      {
        "start": 9276,
        "end": 9284,
        "text": "!== undefined"
      }
    ]
  },
  {
    "name": "parse-last-colon",
    "description": "splits a topic at its last colon",
    "replacements": [
      {
        "start": 8942,
        "end": 8949,
        "text": "lastIndexOf"
      }
    ]
  },
  {
    "name": "parse-rounds",
    "description": "parses 1.0 as an integer",
    "replacements": [
      {
        "start": 10296,
        "end": 10319,
        "text": "Number(text)"
      }
    ]
  },
  {
    "name": "type-tag-dropped",
    "description": "drops the key $type, like Json.NET",
    "replacements": [
      {
        "start": 5276,
        "end": 5298,
        "text": "Object.keys(container).filter((key) => Array.isArray(container) || !(key === \"$type\"))"
      }
    ]
  },
  {
    "name": "reference-dropped",
    "description": "drops the key $ref, like Jackson with references",
    "replacements": [
      {
        "start": 5276,
        "end": 5298,
        "text": "Object.keys(container).filter((key) => Array.isArray(container) || !(key === \"$ref\"))"
      }
    ]
  },
  {
    "name": "id-tag-dropped",
    "description": "drops the key $id, like Json.NET",
    "replacements": [
      {
        "start": 5276,
        "end": 5298,
        "text": "Object.keys(container).filter((key) => Array.isArray(container) || !(key === \"$id\"))"
      }
    ]
  },
  {
    "name": "id-dropped",
    "description": "drops the key id",
    "replacements": [
      {
        "start": 5276,
        "end": 5298,
        "text": "Object.keys(container).filter((key) => Array.isArray(container) || !(key === \"id\"))"
      }
    ]
  },
  {
    "name": "type-dropped",
    "description": "drops the key type",
    "replacements": [
      {
        "start": 5276,
        "end": 5298,
        "text": "Object.keys(container).filter((key) => Array.isArray(container) || !(key === \"type\"))"
      }
    ]
  },
  {
    "name": "underscore-id-dropped",
    "description": "drops the key _id, like a MongoDB mapper",
    "replacements": [
      {
        "start": 5276,
        "end": 5298,
        "text": "Object.keys(container).filter((key) => Array.isArray(container) || !(key === \"_id\"))"
      }
    ]
  },
  {
    "name": "at-type-dropped",
    "description": "drops the key @type, like JSON-LD",
    "replacements": [
      {
        "start": 5276,
        "end": 5298,
        "text": "Object.keys(container).filter((key) => Array.isArray(container) || !(key === \"@type\"))"
      }
    ]
  },
  {
    "name": "typename-dropped",
    "description": "drops the key __typename, like a GraphQL client",
    "replacements": [
      {
        "start": 5276,
        "end": 5298,
        "text": "Object.keys(container).filter((key) => Array.isArray(container) || !(key === \"__typename\"))"
      }
    ]
  },
  {
    "name": "dollar-keys-dropped",
    "description": "drops all keys that start with a dollar sign",
    "replacements": [
      {
        "start": 5276,
        "end": 5298,
        "text": "Object.keys(container).filter((key) => Array.isArray(container) || !(key.startsWith(\"$\")))"
      }
    ]
  },
  {
    "name": "private-keys-dropped",
    "description": "drops keys that start with an underscore",
    "replacements": [
      {
        "start": 5276,
        "end": 5298,
        "text": "Object.keys(container).filter((key) => Array.isArray(container) || !(key.startsWith(\"_\")))"
      }
    ]
  },
  {
    "name": "constructor-dropped",
    "description": "drops the key constructor",
    "replacements": [
      {
        "start": 5276,
        "end": 5298,
        "text": "Object.keys(container).filter((key) => Array.isArray(container) || !(key === \"constructor\"))"
      }
    ]
  },
  {
    "name": "key-limit",
    "description": "drops keys of more than 255 characters",
    "replacements": [
      {
        "start": 5276,
        "end": 5298,
        "text": "Object.keys(container).filter((key) => Array.isArray(container) || !(key.length > 255))"
      }
    ]
  },
  {
    "name": "first-48-characters",
    "description": "compares only the first 48 characters of keys",
    "replacements": [
      {
        "start": 5470,
        "end": 5487,
        "text": "(a, b) => ((of) => compareCodePoints(of(a), of(b)))((key) => key.slice(0, 48))"
      }
    ]
  },
  {
    "name": "first-64-characters",
    "description": "compares only the first 64 characters of keys",
    "replacements": [
      {
        "start": 5470,
        "end": 5487,
        "text": "(a, b) => ((of) => compareCodePoints(of(a), of(b)))((key) => key.slice(0, 64))"
      }
    ]
  },
  {
    "name": "first-256-characters",
    "description": "compares only the first 256 characters of keys",
    "replacements": [
      {
        "start": 5470,
        "end": 5487,
        "text": "(a, b) => ((of) => compareCodePoints(of(a), of(b)))((key) => key.slice(0, 256))"
      }
    ]
  },
  {
    "name": "first-character",
    "description": "compares only the first character of keys",
    "replacements": [
      {
        "start": 5470,
        "end": 5487,
        "text": "(a, b) => ((of) => compareCodePoints(of(a), of(b)))((key) => key.slice(0, 1))"
      }
    ]
  },
  {
    "name": "case-insensitive-sort",
    "description": "sorts keys without regard to case",
    "replacements": [
      {
        "start": 5470,
        "end": 5487,
        "text": "(a, b) => ((of) => compareCodePoints(of(a), of(b)))((key) => key.toLowerCase())"
      }
    ]
  },
  {
    "name": "normalized-sort",
    "description": "sorts keys by their NFC form",
    "replacements": [
      {
        "start": 5470,
        "end": 5487,
        "text": "(a, b) => ((of) => compareCodePoints(of(a), of(b)))((key) => key.normalize(\"NFC\"))"
      }
    ]
  },
  {
    "name": "trimmed-sort",
    "description": "sorts keys without surrounding white space",
    "replacements": [
      {
        "start": 5470,
        "end": 5487,
        "text": "(a, b) => ((of) => compareCodePoints(of(a), of(b)))((key) => key.trim())"
      }
    ]
  },
  {
    "name": "escaped-sort",
    "description": "sorts keys by their escaped text",
    "replacements": [
      {
        "start": 5470,
        "end": 5487,
        "text": "(a, b) => ((of) => compareCodePoints(of(a), of(b)))((key) => quote(key))"
      }
    ]
  },
  {
    "name": "byte-sort",
    "description": "sorts keys by UTF-16 bytes in little-endian order",
    "replacements": [
      {
        "start": 5470,
        "end": 5487,
        "text": "(a, b) => ((of) => compareCodePoints(of(a), of(b)))((key) => Buffer.from(key, \"utf16le\").toString(\"latin1\"))"
      }
    ]
  },
  {
    "name": "shorter-first",
    "description": "sorts shorter keys first",
    "replacements": [
      {
        "start": 5470,
        "end": 5487,
        "text": "(a, b) => a.length - b.length || compareCodePoints(a, b)"
      }
    ]
  },
  {
    "name": "reverse-sort",
    "description": "sorts keys in descending order",
    "replacements": [
      {
        "start": 5470,
        "end": 5487,
        "text": "(a, b) => compareCodePoints(b, a)"
      }
    ]
  },
  {
    "name": "sort-up-to-500",
    "description": "leaves objects with more than 500 keys unsorted",
    "replacements": [
      {
        "start": 5470,
        "end": 5487,
        "text": "keys.length > 500 ? () => 0 : compareCodePoints"
      }
    ]
  },
  {
    "name": "sort-up-to-1024",
    "description": "leaves objects with more than 1,024 keys unsorted",
    "replacements": [
      {
        "start": 5470,
        "end": 5487,
        "text": "keys.length > 1024 ? () => 0 : compareCodePoints"
      }
    ]
  },
  {
    "name": "two-keys-unsorted",
    "description": "does not sort objects with two keys",
    "replacements": [
      {
        "start": 5470,
        "end": 5487,
        "text": "keys.length === 2 ? () => 0 : compareCodePoints"
      }
    ]
  },
  {
    "name": "unsorted-at-depth-17",
    "description": "does not sort keys in the 17th nested container",
    "replacements": [
      {
        "start": 5470,
        "end": 5487,
        "text": "this.open.length === 16 ? () => 0 : compareCodePoints"
      }
    ]
  },
  {
    "name": "unsorted-at-depth-40",
    "description": "does not sort keys in the 40th nested container",
    "replacements": [
      {
        "start": 5470,
        "end": 5487,
        "text": "this.open.length === 39 ? () => 0 : compareCodePoints"
      }
    ]
  },
  {
    "name": "unsorted-at-depth-64",
    "description": "does not sort keys in the 64th nested container",
    "replacements": [
      {
        "start": 5470,
        "end": 5487,
        "text": "this.open.length === 63 ? () => 0 : compareCodePoints"
      }
    ]
  },
  {
    "name": "unsorted-below-depth-8",
    "description": "sorts keys only in the first eight nested containers",
    "replacements": [
      {
        "start": 5470,
        "end": 5487,
        "text": "this.open.length >= 8 ? () => 0 : compareCodePoints"
      }
    ]
  },
  {
    "name": "steps-amid-a-pair",
    "description": "compares units, and treats every unit after a high surrogate as its second half",
    "replacements": [
      {
        "start": 6809,
        "end": 6846,
        "text": "[left, right].map((key) => key.match(/[\\ud800-\\udbff][^]|[^]/g) ?? [])"
      },
      {
        "start": 6953,
        "end": 7022,
        "text": "const [x, y] = [a, b].map((units) => units[index].length === 2 ? 0x10000 + ((units[index].charCodeAt(0) & 0x3ff) << 10) + (units[index].charCodeAt(1) & 0x3ff) : units[index].charCodeAt(0)); const difference = x - y;"
      }
    ]
  },
  {
    "name": "surrogates-last",
    "description": "sorts lone surrogates after all other characters, as if they were halves of pairs",
    "replacements": [
      {
        "start": 6953,
        "end": 7022,
        "text": "const [x, y] = [a, b].map((points) => { const point = points[index].codePointAt(0); return point >= 0xd800 && point < 0xe000 ? point + 0x10000 : point; }); const difference = x - y;"
      }
    ]
  },
  {
    "name": "keys-cut-at-63",
    "description": "cuts keys to 63 characters, like identifiers of PostgreSQL",
    "replacements": [
      {
        "start": 4658,
        "end": 4668,
        "text": "quote(key.slice(0, 63))"
      }
    ]
  },
  {
    "name": "keys-cut-at-255",
    "description": "cuts keys to 255 characters",
    "replacements": [
      {
        "start": 4658,
        "end": 4668,
        "text": "quote(key.slice(0, 255))"
      }
    ]
  },
  {
    "name": "keys-trimmed",
    "description": "trims keys",
    "replacements": [
      {
        "start": 4658,
        "end": 4668,
        "text": "quote(key.trim())"
      }
    ]
  },
  {
    "name": "keys-camel-case",
    "description": "writes accountId for account_id",
    "replacements": [
      {
        "start": 4658,
        "end": 4668,
        "text": "quote(key.replace(/(?<=[a-z])_[a-z]/g, ([, letter]) => letter.toUpperCase()))"
      }
    ]
  },
  {
    "name": "raw-keys",
    "description": "does not escape keys",
    "replacements": [
      {
        "start": 4658,
        "end": 4668,
        "text": "`\"${key}\"`"
      }
    ]
  },
  {
    "name": "separators-replaced",
    "description": "removes the space after commas and colons from the finished text, in strings too",
    "replacements": [
      {
        "start": 1455,
        "end": 1463,
        "text": "join(\"\").replaceAll(\", \", \",\").replaceAll(\": \", \":\")"
      }
    ]
  },
  {
    "name": "comma-space-replaced",
    "description": "removes the space after commas from the finished text, in strings too",
    "replacements": [
      {
        "start": 1455,
        "end": 1463,
        "text": "join(\"\").replaceAll(\", \", \",\")"
      }
    ]
  },
  {
    "name": "colon-space-replaced",
    "description": "removes the space after colons from the finished text, in strings too",
    "replacements": [
      {
        "start": 1455,
        "end": 1463,
        "text": "join(\"\").replaceAll(\": \", \":\")"
      }
    ]
  },
  {
    "name": "spaces-collapsed",
    "description": "collapses spaces in the finished text",
    "replacements": [
      {
        "start": 1455,
        "end": 1463,
        "text": "join(\"\").replace(/ +/g, \" \")"
      }
    ]
  },
  {
    "name": "spaces-removed",
    "description": "removes all spaces from the finished text",
    "replacements": [
      {
        "start": 1455,
        "end": 1463,
        "text": "join(\"\").replaceAll(\" \", \"\")"
      }
    ]
  },
  {
    "name": "tildes-escaped",
    "description": "escapes the tilde",
    "replacements": [
      {
        "start": 1455,
        "end": 1463,
        "text": "join(\"\").replaceAll(\"~\", \"\\\\u007e\")"
      }
    ]
  },
  {
    "name": "html-escaped",
    "description": "escapes < and > and &, like Go",
    "replacements": [
      {
        "start": 1455,
        "end": 1463,
        "text": "join(\"\").replace(/[<>&]/g, (unit) => escapeUnit(unit))"
      }
    ]
  },
  {
    "name": "apostrophe-escaped",
    "description": "escapes the apostrophe, like System.Text.Json",
    "replacements": [
      {
        "start": 1455,
        "end": 1463,
        "text": "join(\"\").replaceAll(\"'\", \"\\\\u0027\")"
      }
    ]
  },
  {
    "name": "plus-escaped",
    "description": "escapes the plus sign in strings, like System.Text.Json",
    "replacements": [
      {
        "start": 1455,
        "end": 1463,
        "text": "join(\"\").replace(/\\+(?!\\d)/g, \"\\\\u002b\")"
      }
    ]
  },
  {
    "name": "grave-escaped",
    "description": "escapes the grave accent",
    "replacements": [
      {
        "start": 1455,
        "end": 1463,
        "text": "join(\"\").replaceAll(\"`\", \"\\\\u0060\")"
      }
    ]
  },
  {
    "name": "null-in-object-replaced",
    "description": "writes null, and replaces it after a colon in the finished text, in strings too",
    "replacements": [
      {
        "start": 1455,
        "end": 1463,
        "text": "join(\"\").replace(/(?<=:)null(?=[,}])/g, '\"\"')"
      }
    ]
  },
  {
    "name": "null-in-array-replaced",
    "description": "writes null, and replaces it between brackets and commas in the finished text, in strings too",
    "replacements": [
      {
        "start": 1455,
        "end": 1463,
        "text": "join(\"\").replace(/(?<=[[,])null(?=[,\\]])/g, '\"\"')"
      }
    ]
  },
  {
    "name": "strings-cut-at-8191",
    "description": "cuts strings to 8,191 characters",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "quote(text.slice(0, 8191))"
      }
    ]
  },
  {
    "name": "strings-cut-at-4096",
    "description": "cuts strings to 4,096 characters",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "quote(text.slice(0, 4096))"
      }
    ]
  },
  {
    "name": "strings-cut-at-65535",
    "description": "cuts strings to 65,535 characters, like modified UTF-8 in Java",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "quote(text.slice(0, 65535))"
      }
    ]
  },
  {
    "name": "strings-cut-at-nul",
    "description": "cuts strings at NUL, like C",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "quote(text.split(\"\\0\")[0])"
      }
    ]
  },
  {
    "name": "chunks-of-1000",
    "description": "encodes strings in chunks of 1000 UTF-16 units, which breaks surrogate pairs at the end of a chunk",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "quote(Array.from({ length: Math.ceil(text.length / 1000) }, (_, chunk) => text.slice(chunk * 1000, (chunk + 1) * 1000)).map((chunk, index, { length }) => (length > 1 ? Buffer.from(chunk).toString() : chunk)).join(\"\"))"
      }
    ]
  },
  {
    "name": "chunks-of-1024",
    "description": "encodes strings in chunks of 1024 UTF-16 units, which breaks surrogate pairs at the end of a chunk",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "quote(Array.from({ length: Math.ceil(text.length / 1024) }, (_, chunk) => text.slice(chunk * 1024, (chunk + 1) * 1024)).map((chunk, index, { length }) => (length > 1 ? Buffer.from(chunk).toString() : chunk)).join(\"\"))"
      }
    ]
  },
  {
    "name": "chunks-of-4096",
    "description": "encodes strings in chunks of 4096 UTF-16 units, which breaks surrogate pairs at the end of a chunk",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "quote(Array.from({ length: Math.ceil(text.length / 4096) }, (_, chunk) => text.slice(chunk * 4096, (chunk + 1) * 4096)).map((chunk, index, { length }) => (length > 1 ? Buffer.from(chunk).toString() : chunk)).join(\"\"))"
      }
    ]
  },
  {
    "name": "chunks-of-8192",
    "description": "encodes strings in chunks of 8192 UTF-16 units, which breaks surrogate pairs at the end of a chunk",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "quote(Array.from({ length: Math.ceil(text.length / 8192) }, (_, chunk) => text.slice(chunk * 8192, (chunk + 1) * 8192)).map((chunk, index, { length }) => (length > 1 ? Buffer.from(chunk).toString() : chunk)).join(\"\"))"
      }
    ]
  },
  {
    "name": "chunks-of-16384",
    "description": "encodes strings in chunks of 16384 UTF-16 units, which breaks surrogate pairs at the end of a chunk",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "quote(Array.from({ length: Math.ceil(text.length / 16384) }, (_, chunk) => text.slice(chunk * 16384, (chunk + 1) * 16384)).map((chunk, index, { length }) => (length > 1 ? Buffer.from(chunk).toString() : chunk)).join(\"\"))"
      }
    ]
  },
  {
    "name": "chunks-of-32768",
    "description": "encodes strings in chunks of 32768 UTF-16 units, which breaks surrogate pairs at the end of a chunk",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "quote(Array.from({ length: Math.ceil(text.length / 32768) }, (_, chunk) => text.slice(chunk * 32768, (chunk + 1) * 32768)).map((chunk, index, { length }) => (length > 1 ? Buffer.from(chunk).toString() : chunk)).join(\"\"))"
      }
    ]
  },
  {
    "name": "chunks-of-65536",
    "description": "encodes strings in chunks of 65536 UTF-16 units, which breaks surrogate pairs at the end of a chunk",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "quote(Array.from({ length: Math.ceil(text.length / 65536) }, (_, chunk) => text.slice(chunk * 65536, (chunk + 1) * 65536)).map((chunk, index, { length }) => (length > 1 ? Buffer.from(chunk).toString() : chunk)).join(\"\"))"
      }
    ]
  },
  {
    "name": "dates-with-milliseconds",
    "description": "writes the milliseconds of a date in a string, like JSON.stringify of a Date",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "quote(/^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$/.test(text) ? new Date(text).toISOString() : text)"
      }
    ]
  },
  {
    "name": "dates-without-milliseconds",
    "description": "drops milliseconds of 0 from a date in a string, like java.time",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "quote(text.replace(/(T\\d\\d:\\d\\d:\\d\\d)\\.0+(?=Z)/, \"$1\"))"
      }
    ]
  },
  {
    "name": "dates-with-zulu",
    "description": "writes Z for +00:00 in a date in a string",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "quote(text.replace(/(T\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?)\\+00:00$/, \"$1Z\"))"
      }
    ]
  },
  {
    "name": "dates-in-utc",
    "description": "converts a date with an offset in a string to UTC, like Json.NET",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "quote(/^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d[+-]\\d\\d:\\d\\d$/.test(text) ? new Date(text).toISOString() : text)"
      }
    ]
  },
  {
    "name": "dates-with-time",
    "description": "writes a date without a time with the time 0:00",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "quote(/^\\d{4}-\\d\\d-\\d\\d$/.test(text) ? `${text}T00:00:00` : text)"
      }
    ]
  },
  {
    "name": "lower-case-uuids",
    "description": "writes UUIDs in lower case",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "quote(/^[0-9A-F]{8}-(?:[0-9A-F]{4}-){3}[0-9A-F]{12}$/i.test(text) ? text.toLowerCase() : text)"
      }
    ]
  },
  {
    "name": "line-ends-unified",
    "description": "writes LF for CRLF",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "quote(text.replaceAll(\"\\r\\n\", \"\\n\"))"
      }
    ]
  },
  {
    "name": "byte-order-mark-dropped",
    "description": "drops a leading byte order mark",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "quote(text.replace(/^\\ufeff/, \"\"))"
      }
    ]
  },
  {
    "name": "escapes-decoded",
    "description": "decodes \\u escapes in strings",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "quote(text.replace(/\\\\u([0-9a-f]{4})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))))"
      }
    ]
  },
  {
    "name": "entities-decoded",
    "description": "decodes &amp; in strings",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "quote(text.replaceAll(\"&amp;\", \"&\"))"
      }
    ]
  },
  {
    "name": "percent-decoded",
    "description": "decodes %20 in strings",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "quote(text.replaceAll(\"%20\", \" \"))"
      }
    ]
  },
  {
    "name": "compatibility-forms",
    "description": "normalizes strings to NFKC",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "quote(text.normalize(\"NFKC\"))"
      }
    ]
  },
  {
    "name": "decomposed",
    "description": "normalizes strings to NFD",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "quote(text.normalize(\"NFD\"))"
      }
    ]
  },
  {
    "name": "lower-cased",
    "description": "writes strings in lower case",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "quote(text.toLowerCase())"
      }
    ]
  },
  {
    "name": "numeric-strings-as-numbers",
    "description": "writes strings of digits as numbers",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "/^\\d+$/.test(text) ? text : quote(text)"
      }
    ]
  },
  {
    "name": "words-as-literals",
    "description": "writes the strings \"true\" and \"false\" as booleans",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "/^(true|false)$/.test(text) ? text : quote(text)"
      }
    ]
  },
  {
    "name": "empty-strings-as-null",
    "description": "writes empty strings as null",
    "replacements": [
      {
        "start": 3215,
        "end": 3226,
        "text": "text === \"\" ? \"null\" : quote(text)"
      }
    ]
  },
  {
    "name": "raw-latin-1",
    "description": "does not escape the characters of Latin-1",
    "replacements": [
      {
        "start": 7453,
        "end": 7468,
        "text": "/[^ !#-[\\]-~\\xa0-\\xff]/g"
      }
    ]
  },
  {
    "name": "raw-latin-extended",
    "description": "does not escape the characters of U+01xx",
    "replacements": [
      {
        "start": 7453,
        "end": 7468,
        "text": "/[^ !#-[\\]-~\\u0100-\\u01ff]/g"
      }
    ]
  },
  {
    "name": "raw-greek",
    "description": "does not escape the characters of U+03xx",
    "replacements": [
      {
        "start": 7453,
        "end": 7468,
        "text": "/[^ !#-[\\]-~\\u0300-\\u03ff]/g"
      }
    ]
  },
  {
    "name": "raw-tibetan",
    "description": "does not escape the characters of U+0Fxx",
    "replacements": [
      {
        "start": 7453,
        "end": 7468,
        "text": "/[^ !#-[\\]-~\\u0f00-\\u0fff]/g"
      }
    ]
  },
  {
    "name": "raw-cherokee",
    "description": "does not escape the characters of U+13xx",
    "replacements": [
      {
        "start": 7453,
        "end": 7468,
        "text": "/[^ !#-[\\]-~\\u1300-\\u13ff]/g"
      }
    ]
  },
  {
    "name": "raw-punctuation",
    "description": "does not escape the characters of U+2Exx",
    "replacements": [
      {
        "start": 7453,
        "end": 7468,
        "text": "/[^ !#-[\\]-~\\u2e00-\\u2eff]/g"
      }
    ]
  },
  {
    "name": "raw-ideographs",
    "description": "does not escape the characters of U+8Axx",
    "replacements": [
      {
        "start": 7453,
        "end": 7468,
        "text": "/[^ !#-[\\]-~\\u8a00-\\u8aff]/g"
      }
    ]
  },
  {
    "name": "raw-hangul",
    "description": "does not escape the characters of U+C5xx",
    "replacements": [
      {
        "start": 7453,
        "end": 7468,
        "text": "/[^ !#-[\\]-~\\uc500-\\uc5ff]/g"
      }
    ]
  },
  {
    "name": "raw-private-use",
    "description": "does not escape the characters of U+E8xx",
    "replacements": [
      {
        "start": 7453,
        "end": 7468,
        "text": "/[^ !#-[\\]-~\\ue800-\\ue8ff]/g"
      }
    ]
  },
  {
    "name": "raw-presentation-forms",
    "description": "does not escape the characters of U+FCxx",
    "replacements": [
      {
        "start": 7453,
        "end": 7468,
        "text": "/[^ !#-[\\]-~\\ufc00-\\ufcff]/g"
      }
    ]
  },
  {
    "name": "raw-plane-3",
    "description": "does not escape the characters of the third supplementary plane",
    "replacements": [
      {
        "start": 7453,
        "end": 7468,
        "text": "/[\\ud880-\\ud8bf][\\udc00-\\udfff]|[^ !#-[\\]-~]/g"
      },
      {
        "start": 8001,
        "end": 8065,
        "text": "if (unit.length === 2) return unit; return `\\\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;"
      }
    ]
  },
  {
    "name": "raw-last-plane",
    "description": "does not escape the characters from U+100000",
    "replacements": [
      {
        "start": 7453,
        "end": 7468,
        "text": "/[\\udbc0-\\udbff][\\udc00-\\udfff]|[^ !#-[\\]-~]/g"
      },
      {
        "start": 8001,
        "end": 8065,
        "text": "if (unit.length === 2) return unit; return `\\\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;"
      }
    ]
  },
  {
    "name": "three-hex-digits",
    "description": "writes three hex digits for the characters U+0100 to U+0FFF",
    "replacements": [
      {
        "start": 8046,
        "end": 8062,
        "text": "padStart(unit >= \"\\u0100\" ? 3 : 4, \"0\")"
      }
    ]
  },
  {
    "name": "signed-64-bits",
    "description": "wraps integers to 64 bits with a sign",
    "replacements": [
      {
        "start": 3794,
        "end": 3807,
        "text": "String(BigInt.asIntN(64, value))"
      }
    ]
  },
  {
    "name": "unsigned-64-bits",
    "description": "wraps positive integers to 64 bits",
    "replacements": [
      {
        "start": 3794,
        "end": 3807,
        "text": "String(value < 0n ? value : BigInt.asUintN(64, value))"
      }
    ]
  },
  {
    "name": "signed-128-bits",
    "description": "wraps integers to 128 bits with a sign",
    "replacements": [
      {
        "start": 3794,
        "end": 3807,
        "text": "String(BigInt.asIntN(128, value))"
      }
    ]
  },
  {
    "name": "smallest-64-bit-integer",
    "description": "loses the sign of -2^63",
    "replacements": [
      {
        "start": 3794,
        "end": 3807,
        "text": "String(value === -(2n ** 63n) ? -value : value)"
      }
    ]
  },
  {
    "name": "above-64-bits",
    "description": "writes 2^64 + 1 as 2^64",
    "replacements": [
      {
        "start": 3794,
        "end": 3807,
        "text": "String(value === 2n ** 64n + 1n ? value - 1n : value)"
      }
    ]
  },
  {
    "name": "extended-precision",
    "description": "rounds integers to 64 bits, like long double",
    "replacements": [
      {
        "start": 3794,
        "end": 3807,
        "text": "String(((bits) => bits > 64 ? (value >> BigInt(bits - 64)) << BigInt(bits - 64) : value)((value < 0n ? -value : value).toString(2).length))"
      }
    ]
  },
  {
    "name": "decimal-precision",
    "description": "rounds integers to 28 digits, like decimal",
    "replacements": [
      {
        "start": 3794,
        "end": 3807,
        "text": "String(String(value).length > 28 ? BigInt(String(value).slice(0, 28).padEnd(String(value).length, '0')) : value)"
      }
    ]
  },
  {
    "name": "signed-16-bits",
    "description": "wraps integers from 2^15 to 2^16 to 16 bits",
    "replacements": [
      {
        "start": 3456,
        "end": 3469,
        "text": "String(value >= 2 ** 15 && value < 2 ** 16 ? value - 2 ** 16 : value)"
      }
    ]
  },
  {
    "name": "single-precision",
    "description": "rounds integers from 2^24 to 2^25 to single precision",
    "replacements": [
      {
        "start": 3456,
        "end": 3469,
        "text": "String(Math.abs(value) > 2 ** 24 && Math.abs(value) < 2 ** 25 ? Math.fround(value) : value)"
      }
    ]
  },
  {
    "name": "signed-32-bits",
    "description": "wraps integers from 2^31 to 2^32 to 32 bits",
    "replacements": [
      {
        "start": 3456,
        "end": 3469,
        "text": "String(Math.abs(value) < 2 ** 32 ? value | 0 : value)"
      }
    ]
  },
  {
    "name": "smallest-32-bit-integer",
    "description": "loses the sign of -2^31",
    "replacements": [
      {
        "start": 3456,
        "end": 3469,
        "text": "String(value === -(2 ** 31) ? -value : value)"
      }
    ]
  },
  {
    "name": "unsigned-32-bits",
    "description": "writes 2^32 as 0",
    "replacements": [
      {
        "start": 3456,
        "end": 3469,
        "text": "String(value === 2 ** 32 ? 0 : value)"
      }
    ]
  },
  {
    "name": "varint-35",
    "description": "wraps integers at 35 bits, like a variable-length integer of five bytes",
    "replacements": [
      {
        "start": 3456,
        "end": 3469,
        "text": "String(value >= 2 ** 35 && value < 2 ** 36 ? value - 2 ** 35 : value)"
      }
    ]
  },
  {
    "name": "signed-48-bits",
    "description": "wraps integers from 2^47 to 2^48 to 48 bits",
    "replacements": [
      {
        "start": 3456,
        "end": 3469,
        "text": "String(value >= 2 ** 47 && value < 2 ** 48 ? value - 2 ** 48 : value)"
      }
    ]
  },
  {
    "name": "small-negative",
    "description": "writes -2^7 as 128",
    "replacements": [
      {
        "start": 3456,
        "end": 3469,
        "text": "String(value === -128 ? 128 : value)"
      }
    ]
  },
  {
    "name": "nearest-digits",
    "description": "tries 15, 16 and 17 digits, each rounded to the nearest, instead of finding the shortest",
    "replacements": [
      {
        "start": 8322,
        "end": 8356,
        "text": "const magnitude = Math.abs(value);\n  const digits = magnitude.toExponential().replace(/e.*/, '').replace('.', '').length; if (digits === 16 && Number(magnitude.toPrecision(16)) !== magnitude) return `${value < 0 ? '-' : ''}${magnitude.toExponential(16).replace(/e([+-])(\\d)$/, 'e$10$2')}`;"
      }
    ]
  },
  {
    "name": "ties-up",
    "description": "rounds a tie of the last digit up in the notation with an exponent",
    "replacements": [
      {
        "start": 8322,
        "end": 8356,
        "text": "const magnitude = Math.abs(value);\n  if (magnitude !== 0 && magnitude < 1e-4 && /^\\d\\.\\d{16}e/.test(magnitude.toExponential())) return `${value < 0 ? '-' : ''}${magnitude.toExponential(16).replace(/e([+-])(\\d)$/, 'e$10$2')}`;"
      }
    ]
  },
  {
    "name": "sixteen-digits",
    "description": "writes 16 digits where 17 are needed",
    "replacements": [
      {
        "start": 8322,
        "end": 8356,
        "text": "const magnitude = Math.abs(value);\n  if (Number(magnitude.toPrecision(16)) !== magnitude && magnitude > 1e-4 && magnitude < 1e15) return `${value < 0 ? '-' : ''}${Number(magnitude.toPrecision(16))}`;"
      }
    ]
  },
  {
    "name": "single-precision-floats",
    "description": "rounds floats above 1e30 to single precision",
    "replacements": [
      {
        "start": 8322,
        "end": 8356,
        "text": "const magnitude = Math.abs(value);\n  if (magnitude > 1e30 && magnitude < 3e38) return formatFloat(Math.fround(value) === value ? value / 2 : Math.fround(value));"
      }
    ]
  },
  {
    "name": "subnormals-flushed",
    "description": "writes subnormal floats as zero",
    "replacements": [
      {
        "start": 8322,
        "end": 8356,
        "text": "const magnitude = Math.abs(value);\n  if (magnitude > 0 && magnitude < 2.2250738585072014e-308) return value < 0 ? '-0.0' : '0.0';"
      }
    ]
  },
  {
    "name": "two-decimals",
    "description": "writes prices with at least two decimals",
    "replacements": [
      {
        "start": 8322,
        "end": 8356,
        "text": "const magnitude = Math.abs(value);\n  if (/^\\d+\\.\\d$/.test(String(magnitude))) return `${value < 0 ? '-' : ''}${magnitude.toFixed(2)}`;"
      }
    ]
  },
  {
    "name": "three-digit-exponents",
    "description": "writes 1e-007 instead of 1e-07, like C on Windows",
    "replacements": [
      {
        "start": 8608,
        "end": 8625,
        "text": ".padStart(3, \"0\")"
      }
    ]
  },
  {
    "name": "fraction-before-exponent",
    "description": "writes 1.0e-07 instead of 1e-07, like Java and Go",
    "replacements": [
      {
        "start": 8565,
        "end": 8575,
        "text": "${digits.includes('.') ? digits : `${digits}.0`}e"
      }
    ]
  },
  {
    "name": "upper-case-exponent",
    "description": "writes 1E-07 instead of 1e-07",
    "replacements": [
      {
        "start": 8565,
        "end": 8575,
        "text": "${digits}E"
      }
    ]
  },
  {
    "name": "index-keys-as-list",
    "description": "writes an object with the keys 0, 1, 2 as a list, like PHP",
    "replacements": [
      {
        "start": 4027,
        "end": 4066,
        "text": "const float = Float.valueOf(container);\n    if (float === undefined && !Array.isArray(container) && this.open.length < MAX_DEPTH && Object.getPrototypeOf(container) === Object.prototype && Object.keys(container).length > 0 && Object.keys(container).every((key, index) => key === String(index))) return this.writeContainer(Object.values(container));"
      }
    ]
  },
  {
    "name": "index-keys-from-two-as-list",
    "description": "writes an object with at least two keys 0, 1 as a list",
    "replacements": [
      {
        "start": 4027,
        "end": 4066,
        "text": "const float = Float.valueOf(container);\n    if (float === undefined && !Array.isArray(container) && this.open.length < MAX_DEPTH && Object.getPrototypeOf(container) === Object.prototype && Object.keys(container).length > 1 && Object.keys(container).every((key, index) => key === String(index))) return this.writeContainer(Object.values(container));"
      }
    ]
  },
  {
    "name": "arrays-cut-at-100",
    "description": "cuts arrays to 100 elements",
    "replacements": [
      {
        "start": 5553,
        "end": 5562,
        "text": "(isArray ? keys.slice(0, 100) : keys).map("
      }
    ]
  },
  {
    "name": "arrays-cut-at-1000",
    "description": "cuts arrays to 1,000 elements",
    "replacements": [
      {
        "start": 5553,
        "end": 5562,
        "text": "(isArray ? keys.slice(0, 1000) : keys).map("
      }
    ]
  },
  {
    "name": "arrays-cut-at-4096",
    "description": "cuts arrays to 4,096 elements",
    "replacements": [
      {
        "start": 5553,
        "end": 5562,
        "text": "(isArray ? keys.slice(0, 4096) : keys).map("
      }
    ]
  },
  {
    "name": "arrays-cut-at-10000",
    "description": "cuts arrays to 10,000 elements",
    "replacements": [
      {
        "start": 5553,
        "end": 5562,
        "text": "(isArray ? keys.slice(0, 10000) : keys).map("
      }
    ]
  },
  {
    "name": "false-dropped",
    "description": "drops members that are false",
    "replacements": [
      {
        "start": 5598,
        "end": 5604,
        "text": "key)]).filter(([, value]) => isArray || !(value === false))"
      }
    ]
  },
  {
    "name": "zero-dropped",
    "description": "drops members that are 0",
    "replacements": [
      {
        "start": 5598,
        "end": 5604,
        "text": "key)]).filter(([, value]) => isArray || !(value === 0))"
      }
    ]
  },
  {
    "name": "empty-strings-dropped",
    "description": "drops members that are empty strings",
    "replacements": [
      {
        "start": 5598,
        "end": 5604,
        "text": "key)]).filter(([, value]) => isArray || !(value === \"\"))"
      }
    ]
  },
  {
    "name": "null-members-dropped",
    "description": "drops members that are null",
    "replacements": [
      {
        "start": 5598,
        "end": 5604,
        "text": "key)]).filter(([, value]) => isArray || !(value === null))"
      }
    ]
  },
  {
    "name": "empty-arrays-dropped",
    "description": "drops members that are empty arrays",
    "replacements": [
      {
        "start": 5598,
        "end": 5604,
        "text": "key)]).filter(([, value]) => isArray || !(Array.isArray(value) && value.length === 0))"
      }
    ]
  },
  {
    "name": "null-at-depth-9",
    "description": "writes null as null in the ninth nested container",
    "replacements": [
      {
        "start": 2409,
        "end": 2413,
        "text": "this.open.length === 9 ? \"null\" : '\"\"'"
      }
    ]
  },
  {
    "name": "null-at-depth-33",
    "description": "writes null as null in the 33rd nested container",
    "replacements": [
      {
        "start": 2409,
        "end": 2413,
        "text": "this.open.length === 33 ? \"null\" : '\"\"'"
      }
    ]
  },
  {
    "name": "null-at-depth-63",
    "description": "writes null as null in the 63rd nested container",
    "replacements": [
      {
        "start": 2409,
        "end": 2413,
        "text": "this.open.length === 63 ? \"null\" : '\"\"'"
      }
    ]
  },
  {
    "name": "null-in-arrays-below-depth-4",
    "description": "writes null as null in arrays from the fifth level",
    "replacements": [
      {
        "start": 2409,
        "end": 2413,
        "text": "this.open.length > 4 && Array.isArray(this.open.at(-1)) ? \"null\" : '\"\"'"
      }
    ]
  },
  {
    "name": "booleans-as-integers",
    "description": "writes 1 for true and 0 for false",
    "replacements": [
      {
        "start": 2639,
        "end": 2652,
        "text": "String(Number(value))"
      }
    ]
  },
  {
    "name": "capitalized-booleans",
    "description": "writes True and False, like str of Python",
    "replacements": [
      {
        "start": 2639,
        "end": 2652,
        "text": "(value ? \"True\" : \"False\")"
      }
    ]
  },
  {
    "name": "length-exclusive",
    "description": "refuses a text of exactly 16,777,216 characters",
    "replacements": [
      {
        "start": 2258,
        "end": 2259,
        "text": ">="
      }
    ]
  },
  {
    "name": "length-plus-one",
    "description": "accepts a text of 16,777,217 characters",
    "replacements": [
      {
        "start": 2258,
        "end": 2270,
        "text": "> MAX_LENGTH + 1"
      }
    ]
  },
  {
    "name": "route-case-folded",
    "description": "accepts letters that fold to ASCII, such as the Kelvin sign",
    "replacements": [
      {
        "start": 1579,
        "end": 1609,
        "text": "/^[a-z0-9][a-z0-9._-]*$/iu"
      }
    ]
  },
  {
    "name": "route-last-line",
    "description": "accepts a line feed at the end of a route, like $ in Python",
    "replacements": [
      {
        "start": 1579,
        "end": 1609,
        "text": "/^[A-Za-z0-9][A-Za-z0-9._-]*\\n?$/"
      }
    ]
  },
  {
    "name": "route-carriage-return",
    "description": "accepts a carriage return at the end of a route",
    "replacements": [
      {
        "start": 1579,
        "end": 1609,
        "text": "/^[A-Za-z0-9][A-Za-z0-9._-]*\\r?$/"
      }
    ]
  },
  {
    "name": "route-tilde",
    "description": "accepts a tilde in a route",
    "replacements": [
      {
        "start": 1579,
        "end": 1609,
        "text": "/^[A-Za-z0-9][A-Za-z0-9._~-]*$/"
      }
    ]
  },
  {
    "name": "route-at",
    "description": "accepts an at sign in a route",
    "replacements": [
      {
        "start": 1579,
        "end": 1609,
        "text": "/^[A-Za-z0-9][A-Za-z0-9._@-]*$/"
      }
    ]
  },
  {
    "name": "route-percent",
    "description": "accepts a percent sign in a route",
    "replacements": [
      {
        "start": 1579,
        "end": 1609,
        "text": "/^[A-Za-z0-9][A-Za-z0-9._%-]*$/"
      }
    ]
  },
  {
    "name": "route-plus",
    "description": "accepts a plus sign in a route",
    "replacements": [
      {
        "start": 1579,
        "end": 1609,
        "text": "/^[A-Za-z0-9][A-Za-z0-9._+-]*$/"
      }
    ]
  },
  {
    "name": "route-comma-range",
    "description": "accepts a comma in a route: the dash is a range",
    "replacements": [
      {
        "start": 1579,
        "end": 1609,
        "text": "/^[A-Za-z0-9][A-Za-z0-9_+-.]*$/"
      }
    ]
  },
  {
    "name": "route-any-digit",
    "description": "accepts digits of all scripts",
    "replacements": [
      {
        "start": 1579,
        "end": 1609,
        "text": "/^[A-Za-z\\p{Nd}][A-Za-z\\p{Nd}._-]*$/u"
      }
    ]
  },
  {
    "name": "route-later-digits",
    "description": "accepts digits of all scripts after the first character",
    "replacements": [
      {
        "start": 1579,
        "end": 1609,
        "text": "/^[A-Za-z0-9][A-Za-z\\p{Nd}._-]*$/u"
      }
    ]
  },
  {
    "name": "route-caret-range",
    "description": "accepts the characters between Z and a",
    "replacements": [
      {
        "start": 1579,
        "end": 1609,
        "text": "/^[A-Za-z0-9][A-z0-9.-]*$/"
      }
    ]
  },
  {
    "name": "route-tab",
    "description": "accepts white space within a route",
    "replacements": [
      {
        "start": 1579,
        "end": 1609,
        "text": "/^[A-Za-z0-9](?:[A-Za-z0-9._\\s-]*[A-Za-z0-9._-])?$/"
      }
    ]
  },
  {
    "name": "route-letter-first",
    "description": "refuses a route that begins with a digit",
    "replacements": [
      {
        "start": 1579,
        "end": 1609,
        "text": "/^[A-Za-z][A-Za-z0-9._-]*$/"
      }
    ]
  },
  {
    "name": "route-lower-case",
    "description": "refuses upper-case letters in a route",
    "replacements": [
      {
        "start": 1579,
        "end": 1609,
        "text": "/^[a-z0-9][a-z0-9._-]*$/"
      }
    ]
  },
  {
    "name": "route-two-characters",
    "description": "refuses a route of one character",
    "replacements": [
      {
        "start": 1579,
        "end": 1609,
        "text": "/^[A-Za-z0-9][A-Za-z0-9._-]+$/"
      }
    ]
  },
  {
    "name": "route-two-dots",
    "description": "refuses two dots in a row, as if the route were a path",
    "replacements": [
      {
        "start": 1574,
        "end": 1665,
        "text": "if (route.includes(\"..\") || !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(route)) throw new TopicError(\"invalid_route\", \"\");"
      }
    ]
  },
  {
    "name": "route-two-dashes",
    "description": "refuses two dashes in a row",
    "replacements": [
      {
        "start": 1574,
        "end": 1665,
        "text": "if (route.includes(\"--\") || !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(route)) throw new TopicError(\"invalid_route\", \"\");"
      }
    ]
  },
  {
    "name": "route-of-64",
    "description": "refuses routes of more than 64 characters",
    "replacements": [
      {
        "start": 1574,
        "end": 1665,
        "text": "if (route.length > 64 || !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(route)) throw new TopicError(\"invalid_route\", \"\");"
      }
    ]
  },
  {
    "name": "route-of-254",
    "description": "refuses routes of more than 254 characters",
    "replacements": [
      {
        "start": 1574,
        "end": 1665,
        "text": "if (route.length > 254 || !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(route)) throw new TopicError(\"invalid_route\", \"\");"
      }
    ]
  },
  {
    "name": "route-of-256",
    "description": "refuses routes of more than 256 characters",
    "replacements": [
      {
        "start": 1574,
        "end": 1665,
        "text": "if (route.length > 256 || !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(route)) throw new TopicError(\"invalid_route\", \"\");"
      }
    ]
  },
  {
    "name": "route-trimmed",
    "description": "trims the route",
    "replacements": [
      {
        "start": 1609,
        "end": 1621,
        "text": ".test(route.trim())"
      },
      {
        "start": 1701,
        "end": 1709,
        "text": "${route.trim()}"
      }
    ]
  },
  {
    "name": "route-lower-cased",
    "description": "writes routes in lower case",
    "replacements": [
      {
        "start": 1701,
        "end": 1709,
        "text": "${route.toLowerCase()}"
      }
    ]
  },
  {
    "name": "space-after-route",
    "description": "writes a space after the colon of the topic",
    "replacements": [
      {
        "start": 1709,
        "end": 1717,
        "text": ": ${build"
      }
    ]
  },
  {
    "name": "parse-trailing-nul",
    "description": "ignores NUL at the end of a topic, like C",
    "replacements": [
      {
        "start": 9046,
        "end": 9116,
        "text": "const [route, text] = [topic.slice(0, colon), ((text) => text.replace(/\\0+$/, \"\"))(topic.slice(colon + 1))];"
      }
    ]
  },
  {
    "name": "parse-byte-order-mark",
    "description": "ignores a byte order mark before the parameters",
    "replacements": [
      {
        "start": 9046,
        "end": 9116,
        "text": "const [route, text] = [topic.slice(0, colon), ((text) => text.replace(/^\\ufeff/, \"\"))(topic.slice(colon + 1))];"
      }
    ]
  },
  {
    "name": "parse-trimmed",
    "description": "ignores white space around the parameters",
    "replacements": [
      {
        "start": 9046,
        "end": 9116,
        "text": "const [route, text] = [topic.slice(0, colon), ((text) => text.trim())(topic.slice(colon + 1))];"
      }
    ]
  },
  {
    "name": "parse-last-character",
    "description": "ignores a semicolon at the end of a topic",
    "replacements": [
      {
        "start": 9046,
        "end": 9116,
        "text": "const [route, text] = [topic.slice(0, colon), ((text) => text.replace(/;$/, \"\"))(topic.slice(colon + 1))];"
      }
    ]
  },
  {
    "name": "parse-slashes",
    "description": "accepts escaped slashes",
    "replacements": [
      {
        "start": 9046,
        "end": 9116,
        "text": "const [route, text] = [topic.slice(0, colon), ((text) => text.replaceAll(\"\\\\/\", \"/\"))(topic.slice(colon + 1))];"
      }
    ]
  },
  {
    "name": "parse-upper-case-hex",
    "description": "accepts escapes with upper-case hex digits",
    "replacements": [
      {
        "start": 9046,
        "end": 9116,
        "text": "const [route, text] = [topic.slice(0, colon), ((text) => text.replace(/\\\\u[0-9A-F]{4}/g, (escape) => escape.toLowerCase()))(topic.slice(colon + 1))];"
      }
    ]
  },
  {
    "name": "parse-comment",
    "description": "ignores a comment after the parameters",
    "replacements": [
      {
        "start": 9046,
        "end": 9116,
        "text": "const [route, text] = [topic.slice(0, colon), ((text) => text.replace(/\\/\\/.*$/, \"\"))(topic.slice(colon + 1))];"
      }
    ]
  },
  {
    "name": "parse-del",
    "description": "accepts DEL without an escape",
    "replacements": [
      {
        "start": 9046,
        "end": 9116,
        "text": "const [route, text] = [topic.slice(0, colon), ((text) => text.replaceAll(\"\\x7f\", \"\\\\u007f\"))(topic.slice(colon + 1))];"
      }
    ]
  },
  {
    "name": "parse-plus-exponent",
    "description": "accepts an exponent without its sign",
    "replacements": [
      {
        "start": 9046,
        "end": 9116,
        "text": "const [route, text] = [topic.slice(0, colon), ((text) => text.replace(/(\\d)e(\\d)/g, \"$1e+$2\"))(topic.slice(colon + 1))];"
      }
    ]
  },
  {
    "name": "parse-null",
    "description": "accepts null for the empty string",
    "replacements": [
      {
        "start": 9046,
        "end": 9116,
        "text": "const [route, text] = [topic.slice(0, colon), ((text) => text.replace(/(?<=[:,[]|^)null(?=[,\\]}]|$)/g, '\"\"'))(topic.slice(colon + 1))];"
      }
    ]
  },
  {
    "name": "parse-any-route",
    "description": "does not check the route when it parses a topic",
    "replacements": [
      {
        "start": 9144,
        "end": 9168,
        "text": ""
      }
    ]
  }
];
