// The topic contract in plain JavaScript without dependencies: an example for teams that write their own
// implementation. It is optimized for readability; `@trading/topic` is optimized for speed. The mutants of the
// conformance suite are copies of this file with one bug each, so each rule is implemented in exactly one place.
// `mutant:` comments mark these places.

const MAX_DEPTH = 64;
const MAX_LENGTH = 16_777_216;
const MAX_INTEGER_DIGITS = 4300;
// mutant: integer-limit
const INTEGER_LIMIT = 10n ** BigInt(MAX_INTEGER_DIGITS);

/** Thrown for invalid input. Any other error is a bug. `path` is the JSON Pointer to the invalid value. */
export class TopicError extends Error {
  constructor(code, path) {
    super(`${code} at ${path || "the top level"}`);
    this.code = code;
    this.path = path;
  }
}

/** Marks a number as a float, even without a fraction. JavaScript has one number type, the contract has two. */
export class Float {
  #value;

  constructor(value) {
    this.#value = value;
  }

  /** Returns the number of a `Float`, or undefined for any other value. Unlike `instanceof`, calls no proxy trap. */
  static valueOf(value) {
    return typeof value === "object" && value !== null && #value in value ? value.#value : undefined;
  }
}

/** Returns the canonical text of a value. */
export function buildTopicParams(value) {
  const writer = new Writer();
  writer.write(value);
  // mutant: join
  return writer.parts.join("");
}

/** Returns `{route}:{params}`. */
export function buildTopic(route, params) {
  // mutant: check-route
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(route)) throw new TopicError("invalid_route", "");
  // mutant: build-topic
  return `${route}:${buildTopicParams(params)}`;
}

class Writer {
  parts = [];
  length = 0;
  /** The containers around the current value, and the keys that lead to it. */
  open = [];
  keys = [];

  refuse(code) {
    const pointer = this.keys.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
    throw new TopicError(code, pointer);
  }

  append(text) {
    // Checked on every write: a small value with shared parts can produce a text of any length.
    this.length += text.length;
    // mutant: check-length
    if (this.length > MAX_LENGTH) this.refuse("too_long");
    this.parts.push(text);
  }

  write(value) {
    // mutant: null
    if (value === null) return this.append('""');
    switch (typeof value) {
      case "undefined":
        return this.append('""');
      case "string":
        return this.writeString(value);
      case "boolean":
        // mutant: boolean
        return this.append(String(value));
      case "number":
        return this.writeNumber(value);
      case "bigint":
        return this.writeInteger(value);
      case "object":
        return this.writeContainer(value);
      default:
        // mutant: unsupported-type
        return this.refuse("unsupported_type");
    }
  }

  writeString(text) {
    // Counted before the text is escaped, because escaping millions of characters takes seconds.
    if (text.length * 6 > MAX_LENGTH && escapedLength(text) > MAX_LENGTH) this.refuse("too_long");
    // mutant: write-string
    this.append(quote(text));
  }

  /** Writes a plain number: an int if it is a safe integer, a float if it has a fraction, otherwise ambiguous. */
  writeNumber(value) {
    // mutant: safe-integer
    if (Number.isSafeInteger(value)) return this.append(String(value));
    // mutant: ambiguous-number
    if (Number.isInteger(value)) this.refuse("ambiguous_number");
    this.writeFloat(value);
  }

  writeInteger(value) {
    // mutant: check-integer
    if (value >= INTEGER_LIMIT || value <= -INTEGER_LIMIT) this.refuse("integer_too_long");
    // mutant: append-integer
    this.append(String(value));
  }

  writeFloat(value) {
    // mutant: check-finite
    if (!Number.isFinite(value)) this.refuse("not_finite");
    this.append(formatFloat(value));
  }

  writeContainer(container) {
    // mutant: read-float
    const float = Float.valueOf(container);
    // mutant: write-float
    if (float !== undefined) return this.writeFloat(float);
    // mutant: check-cycle
    if (this.open.includes(container)) this.refuse("cycle");
    // mutant: check-depth
    if (this.open.length >= MAX_DEPTH) this.refuse("too_deep");
    const { isArray, members } = this.inspect(container);
    this.open.push(container);
    this.append(isArray ? "[" : "{");
    members.forEach(([key, value], index) => {
      this.keys.push(key);
      // mutant: separator
      if (index > 0) this.append(",");
      // mutant: colon
      if (!isArray) this.append(`${quote(key)}:`);
      this.write(value);
      this.keys.pop();
    });
    this.append(isArray ? "]" : "}");
    // mutant: leave-container
    this.open.pop();
  }

  /** Returns the members of a container in canonical order. Runs no user code except proxy traps. */
  inspect(container) {
    try {
      const isArray = Array.isArray(container);
      // mutant: check-plain
      if (!isPlain(container, isArray)) this.refuse("unsupported_type");
      // mutant: check-symbols
      if (Object.getOwnPropertySymbols(container).length > 0) this.refuse("symbol_key");
      // mutant: list-keys
      const keys = Object.keys(container);
      // mutant: check-holes
      if (isArray && keys.length !== container.length) this.refuse("sparse_array");
      // mutant: sort-keys
      if (!isArray) keys.sort(compareCodePoints);
      // mutant: list-members
      return { isArray, members: keys.map((key) => [key, this.read(container, key)]) };
    } catch (error) {
      if (error instanceof TopicError) throw error;
      return this.refuse("unreadable");
    }
  }

  /** Returns the value of a member without calling a getter. */
  read(container, key) {
    const descriptor = Object.getOwnPropertyDescriptor(container, key);
    // mutant: check-accessor
    if (!("value" in descriptor)) this.refuse("accessor");
    return descriptor.value;
  }
}

function isPlain(container, isArray) {
  const prototype = Object.getPrototypeOf(container);
  // mutant: no-prototype
  if (prototype === null) return !isArray;
  // Accepts the built-in prototypes of this realm and of other realms: Object.prototype is the end of the prototype
  // chain, Array.prototype is the one before it.
  const above = Object.getPrototypeOf(prototype);
  if (isArray) return Array.isArray(prototype) && above !== null && Object.getPrototypeOf(above) === null;
  // mutant: is-object-prototype
  return above === null && Object.hasOwn(prototype, "isPrototypeOf");
}

/** Compares by code point, like Python. JavaScript compares UTF-16 units, which puts U+1F600 before U+FFEE. */
function compareCodePoints(left, right) {
  // mutant: compare-keys
  const [a, b] = [Array.from(left), Array.from(right)];
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    // mutant: compare-points
    const difference = a[index].codePointAt(0) - b[index].codePointAt(0);
    if (difference !== 0) return difference;
  }
  // mutant: compare-lengths
  return a.length - b.length;
}

// mutant: short-escapes
const SHORT_ESCAPES = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f", "\b": "\\b" };

/** Quotes a string. Escapes every UTF-16 unit outside printable ASCII, including lone surrogates. */
function quote(text) {
  // mutant: escape
  const escaped = text.replace(/[^ !#-[\]-~]/g, (unit) => SHORT_ESCAPES[unit] ?? escapeUnit(unit));
  return `"${escaped}"`;
}

/** Returns the length of a string with its quotes and at least its long escapes. */
function escapedLength(text) {
  let length = text.length + 2;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7e || (unit < 0x20 && unit !== 8 && unit !== 9 && unit !== 10 && unit !== 12 && unit !== 13))
      length += 5;
  }
  return length;
}

function escapeUnit(unit) {
  // mutant: hex-digits
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Formats a float like `repr` in Python. JavaScript has the same shortest digits, but uses exponents differently. */
function formatFloat(value) {
  // mutant: sign
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  // mutant: magnitude
  const magnitude = Math.abs(value);
  // mutant: exponent-range
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e16)) {
    const [digits, exponent] = magnitude.toExponential().split("e");
    // mutant: exponent
    return `${sign}${digits}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
  }
  // mutant: fraction
  const point = Number.isInteger(magnitude) ? ".0" : "";
  return `${sign}${magnitude}${point}`;
}

/** Parses a topic. Accepts only canonical topics: building the result again must give the same text. */
export function parseTopic(topic) {
  // mutant: find-colon
  const colon = topic.indexOf(":");
  if (colon === -1) throw new TopicError("invalid_topic", "");
  // mutant: split-topic
  const [route, text] = [topic.slice(0, colon), topic.slice(colon + 1)];
  // mutant: parse-route
  buildTopic(route, null);
  try {
    const params = parseParams(text);
    // mutant: is-canonical
    if (buildTopicParams(params) === text) return { route, params };
  } catch {
    // Invalid JSON or invalid parameters: the topic is not canonical.
  }
  throw new TopicError("invalid_topic", "");
}

/**
 * Parses JSON into the types of the contract. `JSON.parse` alone would round integers and read `1.0` as an integer. So
 * numbers are passed to it as strings: numbers get the prefix `n`, and strings get the prefix `s`.
 */
function parseParams(text) {
  const marked = text.replace(/"((?:[^"\\]|\\.)*)"|-?\d[\d.e+-]*/g, (token, string) =>
    string === undefined ? `"n${token}"` : `"s${string}"`,
  );
  return JSON.parse(marked, (_key, value) => {
    if (typeof value === "string") return value[0] === "n" ? parseNumber(value.slice(1)) : value.slice(1);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key.slice(1), member]));
  });
}

function parseNumber(text) {
  // mutant: read-number
  if (/[.e]/.test(text)) return new Float(Number(text));
  if (text.length > MAX_INTEGER_DIGITS + 1) throw new SyntaxError("too long");
  return BigInt(text);
}
