// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the strings are source code

/** A deliberate bug: replaces `from`, which must occur exactly once, in a copy of harnesses/node/topic.mjs with `to`. */
export interface Mutant {
  readonly name: string;
  /** The effect of the bug, or a program that has it. */
  readonly description: string;
  readonly from: string;
  readonly to: string;
}

/** The mutants, modeled on mistakes of real implementations. The vectors must kill every one. */
export const MUTANTS: readonly Mutant[] = [
  // Keys
  {
    name: "utf16-sort",
    description: "sorts keys by UTF-16 units, like Array.prototype.sort",
    from: "keys.sort(compareCodePoints)",
    to: "keys.sort()",
  },
  {
    name: "locale-sort",
    description: "sorts keys with localeCompare",
    from: "keys.sort(compareCodePoints)",
    to: 'keys.sort((a, b) => a.localeCompare(b, "en"))',
  },
  {
    name: "numeric-sort",
    description: "puts numeric keys first, like the property order of JavaScript",
    from: "if (!isArray) keys.sort(compareCodePoints)",
    to: "if (!isArray) keys.sort((a, b) => Number(/^\\d+$/.test(b)) - Number(/^\\d+$/.test(a)) || (/^\\d+$/.test(a) ? a - b : compareCodePoints(a, b)))",
  },
  {
    name: "unsorted-nested-keys",
    description: "sorts only the top level",
    from: "if (!isArray) keys.sort",
    to: "if (!isArray && this.open.length === 0) keys.sort",
  },
  {
    name: "prefix-sorts-last",
    description: "sorts a key after the keys of which it is a prefix",
    from: "return a.length - b.length",
    to: "return b.length - a.length",
  },
  {
    name: "arrays-sorted",
    description: "sorts arrays",
    from: "members: keys.map(",
    to: "members: (isArray ? keys.sort((a, b) => (String(container[a]) < String(container[b]) ? -1 : 1)) : keys).map(",
  },
  {
    name: "proto-dropped",
    description: "drops the key __proto__",
    from: "Object.keys(container)",
    to: 'Object.keys(container).filter((key) => key !== "__proto__")',
  },
  {
    name: "empty-key-dropped",
    description: "drops the empty key",
    from: "Object.keys(container)",
    to: 'Object.keys(container).filter((key) => key !== "" || Array.isArray(container))',
  },
  {
    name: "non-enumerable-keys",
    description: "writes non-enumerable members",
    from: "Object.keys(container)",
    to: "Object.getOwnPropertyNames(container).filter((key) => !Array.isArray(container) || key !== 'length')",
  },
  // Null and undefined
  {
    name: "null-as-nothing",
    description: 'writes nothing for null, which makes `{"symbol":}`, like the legacy TypeScript',
    from: "if (value === null) return this.append('\"\"')",
    to: "if (value === null) return this.append('')",
  },
  {
    name: "null-as-null",
    description: "writes null as null, like JSON.stringify",
    from: "if (value === null) return this.append('\"\"')",
    to: "if (value === null) return this.append('null')",
  },
  {
    name: "top-level-null-empty",
    description: "writes nothing for null at the top level",
    from: "if (value === null) return this.append('\"\"')",
    to: "if (value === null) return this.append(this.open.length === 0 ? '' : '\"\"')",
  },
  {
    name: "undefined-dropped",
    description: "drops undefined members, like JSON.stringify",
    from: "members: keys.map((key) => [key, this.read(container, key)])",
    to: "members: keys.map((key) => [key, this.read(container, key)]).filter(([, value]) => value !== undefined)",
  },
  // Strings
  {
    name: "raw-non-ascii",
    description: "does not escape non-ASCII characters, like JSON.stringify",
    from: "/[^ !#-[\\]-~]/g",
    to: '/["\\\\\\x00-\\x1f\\x7f\\ud800-\\udfff]/g',
  },
  {
    name: "raw-supplementary",
    description: "escapes only the characters of the BMP",
    from: "/[^ !#-[\\]-~]/g",
    to: "/[^ !#-[\\]-~\\ud800-\\udfff]/g",
  },
  {
    name: "raw-delete",
    description: "does not escape U+007F",
    from: "/[^ !#-[\\]-~]/g",
    to: "/[^ !#-[\\]-\\x7f]/g",
  },
  {
    name: "raw-line-separator",
    description: "does not escape U+2028 and U+2029",
    from: "/[^ !#-[\\]-~]/g",
    to: "/[^ !#-[\\]-~\\u2028\\u2029]/g",
  },
  {
    name: "upper-case-hex",
    description: "writes \\u00E9 instead of \\u00e9",
    from: '.toString(16).padStart(4, "0")',
    to: '.toString(16).toUpperCase().padStart(4, "0")',
  },
  {
    name: "code-point-escapes",
    description: "writes one escape per code point: \\u1f600 for a surrogate pair",
    from: "text.replace(/[^ !#-[\\]-~]/g, (unit) => SHORT_ESCAPES[unit] ?? escapeUnit(unit))",
    to: "text.replace(/[^ !#-[\\]-~]/gu, (unit) => SHORT_ESCAPES[unit] ?? `\\\\u${unit.codePointAt(0).toString(16).padStart(4, '0')}`)",
  },
  {
    name: "no-short-escapes",
    description: "writes \\u0008 and \\u000c instead of \\b and \\f",
    from: ', "\\f": "\\\\f", "\\b": "\\\\b"',
    to: "",
  },
  {
    name: "vertical-tab-short",
    description: "writes \\v instead of \\u000b, like JavaScript source code",
    from: ', "\\f": "\\\\f"',
    to: ', "\\v": "\\\\v", "\\f": "\\\\f"',
  },
  {
    name: "slash-escaped",
    description: "writes \\/ instead of /, like PHP",
    from: "/[^ !#-[\\]-~]/g, (unit) =>",
    to: "/[^ !#-.0-[\\]-~]/g, (unit) => unit === '/' ? '\\\\/' :",
  },
  {
    name: "lone-surrogates-replaced",
    description: "replaces a lone surrogate with U+FFFD",
    from: "const escaped = text",
    to: "const escaped = Buffer.from(text).toString()",
  },
  {
    name: "normalized",
    description: "normalizes strings to NFC",
    from: "const escaped = text",
    to: 'const escaped = text.normalize("NFC")',
  },
  {
    name: "trimmed",
    description: "trims strings",
    from: "const escaped = text",
    to: "const escaped = text.trim()",
  },
  // Numbers
  {
    name: "javascript-exponents",
    description: "uses exponents from 1e21 and below 1e-6, like JavaScript",
    from: "(magnitude < 1e-4 || magnitude >= 1e16)",
    to: "(magnitude < 1e-6 || magnitude >= 1e21)",
  },
  {
    name: "one-digit-exponents",
    description: "writes 1e-7 instead of 1e-07",
    from: 'exponent.slice(1).padStart(2, "0")',
    to: "exponent.slice(1)",
  },
  {
    name: "unsigned-exponents",
    description: "writes 1e16 instead of 1e+16",
    from: "e${exponent[0]}",
    to: "e${exponent[0].replace('+', '')}",
  },
  {
    name: "small-threshold-low",
    description: "uses exponents only below 1e-5",
    from: "magnitude < 1e-4",
    to: "magnitude < 1e-5",
  },
  {
    name: "small-threshold-inclusive",
    description: "uses an exponent for 1e-4 itself",
    from: "magnitude < 1e-4",
    to: "magnitude <= 1e-4",
  },
  {
    name: "large-threshold-exclusive",
    description: "uses no exponent for 1e16 itself",
    from: "magnitude >= 1e16",
    to: "magnitude > 1e16",
  },
  {
    name: "large-threshold-high",
    description: "uses exponents only from 1e17",
    from: "magnitude >= 1e16",
    to: "magnitude >= 1e17",
  },
  {
    name: "whole-floats-as-integers",
    description: "writes 1 instead of 1.0",
    from: 'Number.isInteger(magnitude) ? ".0" : ""',
    to: '""',
  },
  {
    name: "negative-zero-unsigned",
    description: "writes 0.0 instead of -0.0",
    from: "value < 0 || Object.is(value, -0)",
    to: "value < 0",
  },
  {
    name: "fifteen-digits",
    description: "writes floats with 15 digits, like %.15g, which loses precision",
    from: "const magnitude = Math.abs(value)",
    to: "const magnitude = Math.min(Number.MAX_VALUE, Number(Math.abs(value).toPrecision(15)))",
  },
  {
    name: "integers-rounded",
    description: "rounds integers beyond 2^53 to a double",
    from: "this.append(String(value));\n  }\n\n  writeFloat",
    to: "this.append(String(BigInt(Number(value))));\n  }\n\n  writeFloat",
  },
  {
    name: "long-integers-accepted",
    description: "accepts integers of more than 4,300 digits",
    from: "value >= limit || value <= -limit",
    to: "false",
  },
  {
    name: "long-integers-off-by-one",
    description: "rejects integers of 4,300 digits",
    from: "10n ** BigInt(MAX_INTEGER_DIGITS)",
    to: "10n ** BigInt(MAX_INTEGER_DIGITS - 1)",
  },
  {
    name: "unsafe-integers-accepted",
    description: "accepts an integer number beyond 2^53 - 1, which may be rounded",
    from: 'if (Number.isInteger(value)) this.refuse("ambiguous_number")',
    to: "if (Number.isInteger(value)) return this.append(String(BigInt(value)))",
  },
  {
    name: "nan-as-null",
    description: "writes NaN and the infinities as null, like JSON.stringify",
    from: 'if (!Number.isFinite(value)) this.refuse("not_finite")',
    to: "if (!Number.isFinite(value)) return this.append('\"\"')",
  },
  {
    name: "infinity-accepted",
    description: "writes Infinity, like json.dumps in Python",
    from: 'if (!Number.isFinite(value)) this.refuse("not_finite");',
    to: 'if (Number.isNaN(value)) this.refuse("not_finite");\n    if (!Number.isFinite(value)) return this.append(String(value));',
  },
  // Containers
  {
    name: "spaces-after-separators",
    description: "writes a space after commas, like json.dumps without separators",
    from: 'if (index > 0) this.append(",")',
    to: 'if (index > 0) this.append(", ")',
  },
  {
    name: "space-after-colon",
    description: "writes a space after colons",
    from: "`${quote(key)}:`",
    to: "`${quote(key)}: `",
  },
  {
    name: "cycles-overflow",
    description: "checks neither cycles nor the depth",
    from: 'if (this.open.includes(container)) this.refuse("cycle");\n    if (this.open.length >= MAX_DEPTH) this.refuse("too_deep");',
    to: "",
  },
  {
    name: "repeats-taken-for-cycles",
    description: "rejects a container that occurs twice",
    from: "this.open.pop();",
    to: "",
  },
  {
    name: "depth-63",
    description: "rejects the 64th nested container",
    from: "this.open.length >= MAX_DEPTH",
    to: "this.open.length >= MAX_DEPTH - 1",
  },
  {
    name: "depth-65",
    description: "accepts the 65th nested container",
    from: "this.open.length >= MAX_DEPTH",
    to: "this.open.length > MAX_DEPTH",
  },
  {
    name: "floats-count-as-containers",
    description: "rejects a marked float in the 64th container, as if it were a container",
    from: "if (float !== undefined) return this.writeFloat(float);",
    to: 'if (float !== undefined && this.open.length >= MAX_DEPTH) this.refuse("too_deep"); if (float !== undefined) return this.writeFloat(float);',
  },
  {
    name: "holes-as-null",
    description: "writes a hole in an array as null",
    from: 'if (isArray && keys.length !== container.length) this.refuse("sparse_array")',
    to: "if (isArray) return { isArray, members: Array.from(container, (value, index) => [String(index), value]) }",
  },
  {
    name: "instances-as-objects",
    description: "accepts any object: writes {} for a Map, a Set or a Date",
    from: 'if (!isPlain(container, isArray)) this.refuse("unsupported_type")',
    to: "",
  },
  {
    name: "to-json-called",
    description: "calls toJSON: writes a Date as a string",
    from: "const float = Float.valueOf(container);",
    to: 'const float = Float.valueOf(container);\n    if (typeof container.toJSON === "function") return this.write(container.toJSON());',
  },
  {
    name: "accessors-run",
    description: "calls getters",
    from: 'if (!("value" in descriptor)) this.refuse("accessor")',
    to: 'if (!("value" in descriptor)) return container[key]',
  },
  {
    name: "symbol-keys-ignored",
    description: "drops members with symbol keys",
    from: 'if (Object.getOwnPropertySymbols(container).length > 0) this.refuse("symbol_key")',
    to: "",
  },
  {
    name: "own-realm-only",
    description: "rejects a plain object of another realm, such as an iframe or a vm",
    from: 'above === null && Object.hasOwn(prototype, "isPrototypeOf")',
    to: "prototype === Object.prototype",
  },
  {
    name: "null-prototype-refused",
    description: "rejects an object without a prototype",
    from: "if (prototype === null) return !isArray;",
    to: "if (prototype === null) return false;",
  },
  {
    name: "functions-as-null",
    description: "writes functions and symbols as null, like JSON.stringify in arrays",
    from: 'return this.refuse("unsupported_type");',
    to: "return this.append('\"\"');",
  },
  // Topics
  {
    name: "route-unchecked",
    description: "accepts any route name",
    from: 'throw new TopicError("invalid_route", "")',
    to: "void 0",
  },
  {
    name: "parse-lenient",
    description: "parses topics that are not canonical",
    from: "if (buildTopicParams(params) === text)",
    to: "if (buildTopicParams(params) !== undefined)",
  },
  {
    name: "parse-last-colon",
    description: "splits a topic at its last colon",
    from: 'topic.indexOf(":")',
    to: 'topic.lastIndexOf(":")',
  },
  {
    name: "parse-rounds",
    description: "parses 1.0 as an integer",
    from: "return new Float(Number(text))",
    to: "return Number(text)",
  },
];
