// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the strings are source code

/** Each rule of the contract broken once. @type {readonly import("./mutant.mjs").DescribedMutant[]} */
export const BASICS = [
  // Keys
  {
    name: "utf16-sort",
    description: "sorts keys by UTF-16 units, like Array.prototype.sort",
    mark: "sort-keys",
    edit: { replace: ["compareCodePoints", ""] },
  },
  {
    name: "locale-sort",
    description: "sorts keys with localeCompare",
    mark: "sort-keys",
    edit: { replace: ["compareCodePoints", '(a, b) => a.localeCompare(b, "en")'] },
  },
  {
    name: "numeric-sort",
    description: "puts numeric keys first, like the property order of JavaScript",
    mark: "sort-keys",
    edit: {
      replace: [
        "compareCodePoints",
        "(a, b) => Number(/^\\d+$/.test(b)) - Number(/^\\d+$/.test(a)) || (/^\\d+$/.test(a) ? a - b : compareCodePoints(a, b))",
      ],
    },
  },
  {
    name: "unsorted-nested-keys",
    description: "sorts only the top level",
    mark: "sort-keys",
    edit: { replace: ["!isArray", "!isArray && this.open.length === 0"] },
  },
  {
    name: "prefix-sorts-last",
    description: "sorts a key after the keys of which it is a prefix",
    mark: "compare-lengths",
    edit: { with: "return b.length - a.length;" },
  },
  {
    name: "arrays-sorted",
    description: "sorts arrays",
    mark: "list-members",
    edit: {
      replace: [
        "keys.map(",
        "(isArray ? keys.sort((a, b) => (String(container[a]) < String(container[b]) ? -1 : 1)) : keys).map(",
      ],
    },
  },
  {
    name: "proto-dropped",
    description: "drops the key __proto__",
    mark: "list-keys",
    edit: { replace: ["Object.keys(container)", 'Object.keys(container).filter((key) => key !== "__proto__")'] },
  },
  {
    name: "empty-key-dropped",
    description: "drops the empty key",
    mark: "list-keys",
    edit: {
      replace: [
        "Object.keys(container)",
        'Object.keys(container).filter((key) => key !== "" || Array.isArray(container))',
      ],
    },
  },
  {
    name: "non-enumerable-keys",
    description: "writes non-enumerable members",
    mark: "list-keys",
    edit: {
      replace: [
        "Object.keys(container)",
        "Object.getOwnPropertyNames(container).filter((key) => !Array.isArray(container) || key !== 'length')",
      ],
    },
  },
  // Null and undefined
  {
    name: "null-as-nothing",
    description: 'writes nothing for null, which makes `{"symbol":}`, like the legacy TypeScript',
    mark: "null",
    edit: { replace: ["'\"\"'", "''"] },
  },
  {
    name: "null-as-null",
    description: "writes null as null, like JSON.stringify",
    mark: "null",
    edit: { replace: ["'\"\"'", "'null'"] },
  },
  {
    name: "top-level-null-empty",
    description: "writes nothing for null at the top level",
    mark: "null",
    edit: { replace: ["'\"\"'", "this.open.length === 0 ? '' : '\"\"'"] },
  },
  {
    name: "undefined-dropped",
    description: "drops undefined members, like JSON.stringify",
    mark: "list-members",
    edit: { replace: ["key)])", "key)]).filter(([, value]) => value !== undefined)"] },
  },
  // Strings
  {
    name: "raw-non-ascii",
    description: "does not escape non-ASCII characters, like JSON.stringify",
    mark: "escape",
    edit: { replace: ["/[^ !#-[\\]-~]/g", '/["\\\\\\x00-\\x1f\\x7f\\ud800-\\udfff]/g'] },
  },
  {
    name: "raw-supplementary",
    description: "escapes only the characters of the BMP",
    mark: "escape",
    edit: { replace: ["/[^ !#-[\\]-~]/g", "/[^ !#-[\\]-~\\ud800-\\udfff]/g"] },
  },
  {
    name: "raw-delete",
    description: "does not escape U+007F",
    mark: "escape",
    edit: { replace: ["/[^ !#-[\\]-~]/g", "/[^ !#-[\\]-\\x7f]/g"] },
  },
  {
    name: "raw-line-separator",
    description: "does not escape U+2028 and U+2029",
    mark: "escape",
    edit: { replace: ["/[^ !#-[\\]-~]/g", "/[^ !#-[\\]-~\\u2028\\u2029]/g"] },
  },
  {
    name: "upper-case-hex",
    description: "writes \\u00E9 instead of \\u00e9",
    mark: "hex-digits",
    edit: { replace: [".padStart", ".toUpperCase().padStart"] },
  },
  {
    name: "code-point-escapes",
    description: "writes one escape per code point: \\u1f600 for a surrogate pair",
    mark: "escape",
    edit: {
      replace: [
        "text.replace(/[^ !#-[\\]-~]/g, (unit) => SHORT_ESCAPES[unit] ?? escapeUnit(unit))",
        "text.replace(/[^ !#-[\\]-~]/gu, (unit) => SHORT_ESCAPES[unit] ?? `\\\\u${unit.codePointAt(0).toString(16).padStart(4, '0')}`)",
      ],
    },
  },
  {
    name: "no-short-escapes",
    description: "writes \\u0008 and \\u000c instead of \\b and \\f",
    mark: "short-escapes",
    edit: { replace: [', "\\f": "\\\\f", "\\b": "\\\\b"', ""] },
  },
  {
    name: "vertical-tab-short",
    description: "writes \\v instead of \\u000b, like JavaScript source code",
    mark: "short-escapes",
    edit: { replace: [', "\\f": "\\\\f"', ', "\\v": "\\\\v", "\\f": "\\\\f"'] },
  },
  {
    name: "slash-escaped",
    description: "writes \\/ instead of /, like PHP",
    mark: "escape",
    edit: { replace: ["/[^ !#-[\\]-~]/g, (unit) =>", "/[^ !#-.0-[\\]-~]/g, (unit) => unit === '/' ? '\\\\/' :"] },
  },
  {
    name: "lone-surrogates-replaced",
    description: "replaces a lone surrogate with U+FFFD",
    mark: "escape",
    edit: { replace: ["= text", "= Buffer.from(text).toString()"] },
  },
  {
    name: "normalized",
    description: "normalizes strings to NFC",
    mark: "escape",
    edit: { replace: ["= text", '= text.normalize("NFC")'] },
  },
  {
    name: "trimmed",
    description: "trims strings",
    mark: "escape",
    edit: { replace: ["= text", "= text.trim()"] },
  },
  // Numbers
  {
    name: "javascript-exponents",
    description: "uses exponents from 1e21 and below 1e-6, like JavaScript",
    mark: "exponent-range",
    edit: { replace: ["(magnitude < 1e-4 || magnitude >= 1e16)", "(magnitude < 1e-6 || magnitude >= 1e21)"] },
  },
  {
    name: "one-digit-exponents",
    description: "writes 1e-7 instead of 1e-07",
    mark: "exponent",
    edit: { replace: ['.padStart(2, "0")', ""] },
  },
  {
    name: "unsigned-exponents",
    description: "writes 1e16 instead of 1e+16",
    mark: "exponent",
    edit: { replace: ["e${exponent[0]}", "e${exponent[0].replace('+', '')}"] },
  },
  {
    name: "small-threshold-low",
    description: "uses exponents only below 1e-5",
    mark: "exponent-range",
    edit: { replace: ["1e-4", "1e-5"] },
  },
  {
    name: "small-threshold-inclusive",
    description: "uses an exponent for 1e-4 itself",
    mark: "exponent-range",
    edit: { replace: ["< 1e-4", "<= 1e-4"] },
  },
  {
    name: "large-threshold-exclusive",
    description: "uses no exponent for 1e16 itself",
    mark: "exponent-range",
    edit: { replace: [">= 1e16", "> 1e16"] },
  },
  {
    name: "large-threshold-high",
    description: "uses exponents only from 1e17",
    mark: "exponent-range",
    edit: { replace: ["1e16", "1e17"] },
  },
  {
    name: "whole-floats-as-integers",
    description: "writes 1 instead of 1.0",
    mark: "fraction",
    edit: { replace: ['".0"', '""'] },
  },
  {
    name: "negative-zero-unsigned",
    description: "writes 0.0 instead of -0.0",
    mark: "sign",
    edit: { replace: [" || Object.is(value, -0)", ""] },
  },
  {
    name: "fifteen-digits",
    description: "writes floats with 15 digits, like %.15g, which loses precision",
    mark: "magnitude",
    edit: { replace: ["Math.abs(value)", "Math.min(Number.MAX_VALUE, Number(Math.abs(value).toPrecision(15)))"] },
  },
  {
    name: "integers-rounded",
    description: "rounds integers beyond 2^53 to a double",
    mark: "append-integer",
    edit: { replace: ["value", "BigInt(Number(value))"] },
  },
  {
    name: "long-integers-accepted",
    description: "accepts integers of more than 4,300 digits",
    mark: "check-integer",
    edit: "never",
  },
  {
    name: "long-integers-off-by-one",
    description: "rejects integers of 4,300 digits",
    mark: "integer-limit",
    edit: { replace: ["MAX_INTEGER_DIGITS", "MAX_INTEGER_DIGITS - 1"] },
  },
  {
    name: "unsafe-integers-accepted",
    description: "accepts an integer number beyond 2^53 - 1, which may be rounded",
    mark: "ambiguous-number",
    edit: { replace: ['this.refuse("ambiguous_number")', "return this.append(String(BigInt(value)))"] },
  },
  {
    name: "nan-as-null",
    description: "writes NaN and the infinities as null, like JSON.stringify",
    mark: "check-finite",
    edit: { replace: ['this.refuse("not_finite")', "return this.append('\"\"')"] },
  },
  {
    name: "infinity-accepted",
    description: "writes Infinity, like json.dumps in Python",
    mark: "check-finite",
    edit: {
      with: 'if (Number.isNaN(value)) this.refuse("not_finite");\n    if (!Number.isFinite(value)) return this.append(String(value));',
    },
  },
  // Containers
  {
    name: "spaces-after-separators",
    description: "writes a space after commas, like json.dumps without separators",
    mark: "separator",
    edit: { replace: ['","', '", "'] },
  },
  {
    name: "space-after-colon",
    description: "writes a space after colons",
    mark: "colon",
    edit: { replace: [":`", ": `"] },
  },
  {
    name: "cycles-overflow",
    description: "checks neither cycles nor the depth",
    mark: "check-cycle",
    edit: "remove",
    also: [{ mark: "check-depth", edit: "remove" }],
  },
  {
    name: "repeats-taken-for-cycles",
    description: "rejects a container that occurs twice",
    mark: "leave-container",
    edit: "remove",
  },
  {
    name: "depth-63",
    description: "rejects the 64th nested container",
    mark: "check-depth",
    edit: { replace: ["MAX_DEPTH", "MAX_DEPTH - 1"] },
  },
  {
    name: "depth-65",
    description: "accepts the 65th nested container",
    mark: "check-depth",
    edit: { replace: [">=", ">"] },
  },
  {
    name: "floats-count-as-containers",
    description: "rejects a marked float in the 64th container, as if it were a container",
    mark: "write-float",
    edit: {
      with: 'if (float !== undefined && this.open.length >= MAX_DEPTH) this.refuse("too_deep"); if (float !== undefined) return this.writeFloat(float);',
    },
  },
  {
    name: "holes-as-null",
    description: "writes a hole in an array as null",
    mark: "check-holes",
    edit: {
      with: "if (isArray) return { isArray, members: Array.from(container, (value, index) => [String(index), value]) };",
    },
  },
  {
    name: "instances-as-objects",
    description: "accepts any object: writes {} for a Map, a Set or a Date",
    mark: "check-plain",
    edit: "remove",
  },
  {
    name: "to-json-called",
    description: "calls toJSON: writes a Date as a string",
    mark: "read-float",
    edit: {
      with: 'const float = Float.valueOf(container);\n    if (typeof container.toJSON === "function") return this.write(container.toJSON());',
    },
  },
  {
    name: "accessors-run",
    description: "calls getters",
    mark: "check-accessor",
    edit: { replace: ['this.refuse("accessor")', "return container[key]"] },
  },
  {
    name: "symbol-keys-ignored",
    description: "drops members with symbol keys",
    mark: "check-symbols",
    edit: "remove",
  },
  {
    name: "own-realm-only",
    description: "rejects a plain object of another realm, such as an iframe or a vm",
    mark: "is-object-prototype",
    edit: { with: "return prototype === Object.prototype;" },
  },
  {
    name: "null-prototype-refused",
    description: "rejects an object without a prototype",
    mark: "no-prototype",
    edit: { replace: ["!isArray", "false"] },
  },
  {
    name: "functions-as-null",
    description: "writes functions and symbols as null, like JSON.stringify in arrays",
    mark: "unsupported-type",
    edit: { with: "return this.append('\"\"');" },
  },
  // Topics
  { name: "route-unchecked", description: "accepts any route name", mark: "check-route", edit: "remove" },
  {
    name: "parse-lenient",
    description: "parses topics that are not canonical",
    mark: "is-canonical",
    edit: { replace: ["=== text", "!== undefined"] },
  },
  {
    name: "parse-last-colon",
    description: "splits a topic at its last colon",
    mark: "find-colon",
    edit: { replace: ["indexOf", "lastIndexOf"] },
  },
  {
    name: "parse-rounds",
    description: "parses 1.0 as an integer",
    mark: "read-number",
    edit: { replace: ["new Float(Number(text))", "Number(text)"] },
  },
];
