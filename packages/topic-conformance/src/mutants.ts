// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are pieces of source code

/** A bug to plant in a copy of harnesses/node/topic.mjs: `from` must stand there exactly once. */
export interface Mutant {
  readonly name: string;
  /** Who makes this mistake, or what it breaks. */
  readonly description: string;
  readonly from: string;
  readonly to: string;
}

/** Every one must be killed by the vectors. Together they are the mistakes that real implementations make. */
export const MUTANTS: readonly Mutant[] = [
  // Keys
  {
    name: "utf16-sort",
    description: "keys in UTF-16 order, as Array.prototype.sort has it",
    from: "keys.sort(compareCodePoints)",
    to: "keys.sort()",
  },
  {
    name: "locale-sort",
    description: "keys by localeCompare",
    from: "keys.sort(compareCodePoints)",
    to: 'keys.sort((a, b) => a.localeCompare(b, "en"))',
  },
  {
    name: "numeric-sort",
    description: "keys that look like numbers first, in JavaScript's own order",
    from: "if (!isArray) keys.sort(compareCodePoints)",
    to: "if (!isArray) keys.sort((a, b) => Number(/^\\d+$/.test(b)) - Number(/^\\d+$/.test(a)) || (/^\\d+$/.test(a) ? a - b : compareCodePoints(a, b)))",
  },
  {
    name: "unsorted-nested-keys",
    description: "only the top level is sorted",
    from: "if (!isArray) keys.sort",
    to: "if (!isArray && this.open.length === 0) keys.sort",
  },
  {
    name: "prefix-sorts-last",
    description: "a key that begins another is put behind it",
    from: "return a.length - b.length",
    to: "return b.length - a.length",
  },
  {
    name: "arrays-sorted",
    description: "arrays are taken for sets",
    from: "members: keys.map(",
    to: "members: (isArray ? keys.sort((a, b) => (String(container[a]) < String(container[b]) ? -1 : 1)) : keys).map(",
  },
  {
    name: "proto-dropped",
    description: "__proto__ is not taken for a key",
    from: "Object.keys(container)",
    to: 'Object.keys(container).filter((key) => key !== "__proto__")',
  },
  {
    name: "empty-key-dropped",
    description: "an empty key is not taken for one",
    from: "Object.keys(container)",
    to: 'Object.keys(container).filter((key) => key !== "" || Array.isArray(container))',
  },
  {
    name: "non-enumerable-keys",
    description: "members that are not enumerable are written too",
    from: "Object.keys(container)",
    to: "Object.getOwnPropertyNames(container).filter((key) => !Array.isArray(container) || key !== 'length')",
  },
  // Null and undefined
  {
    name: "null-as-nothing",
    description: 'the origin\'s TypeScript: null is an empty text, which makes `{"symbol":}`',
    from: "if (value === null) return this.append('\"\"')",
    to: "if (value === null) return this.append('')",
  },
  {
    name: "null-as-null",
    description: "JSON's null",
    from: "if (value === null) return this.append('\"\"')",
    to: "if (value === null) return this.append('null')",
  },
  {
    name: "top-level-null-empty",
    description: "null alone is an empty text",
    from: "if (value === null) return this.append('\"\"')",
    to: "if (value === null) return this.append(this.open.length === 0 ? '' : '\"\"')",
  },
  {
    name: "undefined-dropped",
    description: "a member that is undefined is left out, as JSON.stringify does",
    from: "members: keys.map((key) => [key, this.read(container, key)])",
    to: "members: keys.map((key) => [key, this.read(container, key)]).filter(([, value]) => value !== undefined)",
  },
  // Strings
  {
    name: "raw-non-ascii",
    description: "characters past ASCII as they are, as JSON.stringify does",
    from: "/[^ !#-[\\]-~]/g",
    to: '/["\\\\\\x00-\\x1f\\x7f\\ud800-\\udfff]/g',
  },
  {
    name: "raw-supplementary",
    description: "only the characters of the first plane are escaped",
    from: "/[^ !#-[\\]-~]/g",
    to: "/[^ !#-[\\]-~\\ud800-\\udfff]/g",
  },
  {
    name: "raw-delete",
    description: "U+007F as it is",
    from: "/[^ !#-[\\]-~]/g",
    to: "/[^ !#-[\\]-\\x7f]/g",
  },
  {
    name: "raw-line-separator",
    description: "U+2028 and U+2029 as they are",
    from: "/[^ !#-[\\]-~]/g",
    to: "/[^ !#-[\\]-~\\u2028\\u2029]/g",
  },
  {
    name: "upper-case-hex",
    description: "\\u00E9 for \\u00e9",
    from: '.toString(16).padStart(4, "0")',
    to: '.toString(16).toUpperCase().padStart(4, "0")',
  },
  {
    name: "code-point-escapes",
    description: "one escape a code point: \\u1f600 for a surrogate pair",
    from: "text.replace(/[^ !#-[\\]-~]/g, (unit) => SHORT_ESCAPES[unit] ?? escapeUnit(unit))",
    to: "text.replace(/[^ !#-[\\]-~]/gu, (unit) => SHORT_ESCAPES[unit] ?? `\\\\u${unit.codePointAt(0).toString(16).padStart(4, '0')}`)",
  },
  {
    name: "no-short-escapes",
    description: "\\u0008 and \\u000c for \\b and \\f",
    from: ', "\\f": "\\\\f", "\\b": "\\\\b"',
    to: "",
  },
  {
    name: "vertical-tab-short",
    description: "\\v for \\u000b, as programming languages write it",
    from: ', "\\f": "\\\\f"',
    to: ', "\\v": "\\\\v", "\\f": "\\\\f"',
  },
  {
    name: "slash-escaped",
    description: "\\/ for /, as PHP does",
    from: "/[^ !#-[\\]-~]/g, (unit) =>",
    to: "/[^ !#-.0-[\\]-~]/g, (unit) => unit === '/' ? '\\\\/' :",
  },
  {
    name: "lone-surrogates-replaced",
    description: "half a pair becomes U+FFFD",
    from: "const escaped = text",
    to: "const escaped = Buffer.from(text).toString()",
  },
  {
    name: "normalized",
    description: "strings are brought to NFC",
    from: "const escaped = text",
    to: 'const escaped = text.normalize("NFC")',
  },
  {
    name: "trimmed",
    description: "white space around strings is dropped",
    from: "const escaped = text",
    to: "const escaped = text.trim()",
  },
  // Numbers
  {
    name: "javascript-exponents",
    description: "exponent form where JavaScript has it, from 1e21 and below 1e-6",
    from: "(magnitude < 1e-4 || magnitude >= 1e16)",
    to: "(magnitude < 1e-6 || magnitude >= 1e21)",
  },
  {
    name: "one-digit-exponents",
    description: "1e-7 for 1e-07",
    from: 'exponent.slice(1).padStart(2, "0")',
    to: "exponent.slice(1)",
  },
  {
    name: "unsigned-exponents",
    description: "1e16 for 1e+16",
    from: "e${exponent[0]}",
    to: "e${exponent[0].replace('+', '')}",
  },
  {
    name: "small-threshold-low",
    description: "exponent form below 1e-5",
    from: "magnitude < 1e-4",
    to: "magnitude < 1e-5",
  },
  {
    name: "small-threshold-inclusive",
    description: "exponent form at 1e-4 itself",
    from: "magnitude < 1e-4",
    to: "magnitude <= 1e-4",
  },
  {
    name: "large-threshold-exclusive",
    description: "no exponent form at 1e16 itself",
    from: "magnitude >= 1e16",
    to: "magnitude > 1e16",
  },
  {
    name: "large-threshold-high",
    description: "exponent form from 1e17",
    from: "magnitude >= 1e16",
    to: "magnitude >= 1e17",
  },
  {
    name: "whole-floats-as-integers",
    description: "1 for 1.0",
    from: 'Number.isInteger(magnitude) ? ".0" : ""',
    to: '""',
  },
  {
    name: "negative-zero-unsigned",
    description: "0.0 for -0.0",
    from: "value < 0 || Object.is(value, -0)",
    to: "value < 0",
  },
  {
    name: "fifteen-digits",
    description: "floats in 15 digits, as %.15g has them, which do not come back",
    from: "const magnitude = Math.abs(value)",
    to: "const magnitude = Math.min(Number.MAX_VALUE, Number(Math.abs(value).toPrecision(15)))",
  },
  {
    name: "integers-rounded",
    description: "integers past 2^53 go through a double",
    from: "this.append(String(value));\n  }\n\n  writeFloat",
    to: "this.append(String(BigInt(Number(value))));\n  }\n\n  writeFloat",
  },
  {
    name: "long-integers-accepted",
    description: "more than 4,300 digits are written",
    from: "value >= limit || value <= -limit",
    to: "false",
  },
  {
    name: "long-integers-off-by-one",
    description: "4,300 digits are refused",
    from: "10n ** BigInt(MAX_INTEGER_DIGITS)",
    to: "10n ** BigInt(MAX_INTEGER_DIGITS - 1)",
  },
  {
    name: "unsafe-integers-accepted",
    description: "a number past 2^53 - 1 is written, rounded or not",
    from: 'if (Number.isInteger(value)) this.refuse("ambiguous_number")',
    to: "if (Number.isInteger(value)) return this.append(String(BigInt(value)))",
  },
  {
    name: "nan-as-null",
    description: "null for NaN and the infinities, as JSON.stringify does",
    from: 'if (!Number.isFinite(value)) this.refuse("not_finite")',
    to: "if (!Number.isFinite(value)) return this.append('\"\"')",
  },
  {
    name: "infinity-accepted",
    description: "Infinity, as Python's json.dumps writes it",
    from: 'if (!Number.isFinite(value)) this.refuse("not_finite");',
    to: 'if (Number.isNaN(value)) this.refuse("not_finite");\n    if (!Number.isFinite(value)) return this.append(String(value));',
  },
  // Containers
  {
    name: "spaces-after-separators",
    description: "json.dumps without its separators option",
    from: 'if (index > 0) this.append(",")',
    to: 'if (index > 0) this.append(", ")',
  },
  {
    name: "space-after-colon",
    description: "a space behind the colon",
    from: "`${quote(key)}:`",
    to: "`${quote(key)}: `",
  },
  {
    name: "cycles-overflow",
    description: "a cycle is not looked for, nor the depth",
    from: 'if (this.open.includes(container)) this.refuse("cycle");\n    if (this.open.length >= MAX_DEPTH) this.refuse("too_deep");',
    to: "",
  },
  {
    name: "repeats-taken-for-cycles",
    description: "the same container in two places is refused",
    from: "this.open.pop();",
    to: "",
  },
  {
    name: "depth-63",
    description: "the 64th container is refused",
    from: "this.open.length >= MAX_DEPTH",
    to: "this.open.length >= MAX_DEPTH - 1",
  },
  {
    name: "depth-65",
    description: "the 65th container is accepted",
    from: "this.open.length >= MAX_DEPTH",
    to: "this.open.length > MAX_DEPTH",
  },
  {
    name: "floats-count-as-containers",
    description: "a marked float inside the 64th container is refused as one more",
    from: "if (float !== undefined) return this.writeFloat(float);",
    to: 'if (float !== undefined && this.open.length >= MAX_DEPTH) this.refuse("too_deep"); if (float !== undefined) return this.writeFloat(float);',
  },
  {
    name: "holes-as-null",
    description: "a hole in an array is null",
    from: 'if (isArray && keys.length !== container.length) this.refuse("sparse_array")',
    to: "if (isArray) return { isArray, members: Array.from(container, (value, index) => [String(index), value]) }",
  },
  {
    name: "instances-as-objects",
    description: "any object is plain: {} for a Map, a Set, a Date",
    from: 'if (!isPlain(container, isArray)) this.refuse("unsupported_type")',
    to: "",
  },
  {
    name: "to-json-called",
    description: "toJSON is called: a Date becomes a string",
    from: "const float = Float.valueOf(container);",
    to: 'const float = Float.valueOf(container);\n    if (typeof container.toJSON === "function") return this.write(container.toJSON());',
  },
  {
    name: "accessors-run",
    description: "a getter is called",
    from: 'if (!("value" in descriptor)) this.refuse("accessor")',
    to: 'if (!("value" in descriptor)) return container[key]',
  },
  {
    name: "symbol-keys-ignored",
    description: "a member with a symbol as its key is left out",
    from: 'if (Object.getOwnPropertySymbols(container).length > 0) this.refuse("symbol_key")',
    to: "",
  },
  {
    name: "own-realm-only",
    description: "a plain object of another realm, an iframe or a vm, is refused",
    from: 'above === null && Object.hasOwn(prototype, "isPrototypeOf")',
    to: "prototype === Object.prototype",
  },
  {
    name: "null-prototype-refused",
    description: "an object without a prototype is refused",
    from: "if (prototype === null) return !isArray;",
    to: "if (prototype === null) return false;",
  },
  {
    name: "functions-as-null",
    description: "null for a function or a symbol, as JSON.stringify does in arrays",
    from: 'return this.refuse("unsupported_type");',
    to: "return this.append('\"\"');",
  },
  // Topics
  {
    name: "route-unchecked",
    description: "any text is a route name",
    from: 'throw new TopicError("invalid_route", "")',
    to: "void 0",
  },
  {
    name: "parse-lenient",
    description: "a topic that is not canonical is taken apart",
    from: "if (buildTopicParams(params) === text)",
    to: "if (buildTopicParams(params) !== undefined)",
  },
  {
    name: "parse-last-colon",
    description: "a topic is cut at its last colon",
    from: 'topic.indexOf(":")',
    to: 'topic.lastIndexOf(":")',
  },
  {
    name: "parse-rounds",
    description: "parsing forgets that 1.0 is a float",
    from: "return new Float(Number(text))",
    to: "return Number(text)",
  },
];
