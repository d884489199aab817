// The topic contract in plain JavaScript, written from its text and using nothing outside this file: a specimen for teams
// that start an implementation of their own. It is built for reading; `@trading/topic` is the one built for speed. The
// conformance kit also plants its bugs in copies of this file, so each rule stands in one place.

const MAX_DEPTH = 64;
const MAX_LENGTH = 16_777_216;
const MAX_INTEGER_DIGITS = 4300;

/** A deliberate refusal. Anything else that is thrown is a bug. `path` is the JSON Pointer to what was refused. */
export class TopicError extends Error {
  constructor(code, path) {
    super(`${code} at ${path || "the top level"}`);
    this.code = code;
    this.path = path;
  }
}

/** A number that is a float even where it is whole: JavaScript has one type where the contract has two. */
export class Float {
  #value;

  constructor(value) {
    this.#value = value;
  }

  /** The number of a `Float`, undefined of anything else. Unlike `instanceof` it runs no code of a proxy. */
  static valueOf(value) {
    return typeof value === "object" && value !== null && #value in value ? value.#value : undefined;
  }
}

/** The canonical text of a value. */
export function buildTopicParams(value) {
  const writer = new Writer();
  writer.write(value);
  return writer.parts.join("");
}

export function buildTopic(route, params) {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(route)) throw new TopicError("invalid_route", "");
  return `${route}:${buildTopicParams(params)}`;
}

class Writer {
  parts = [];
  length = 0;
  /** The containers that are open around the value being written, and the keys that lead to it. */
  open = [];
  keys = [];

  refuse(code) {
    const pointer = this.keys.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
    throw new TopicError(code, pointer);
  }

  append(text) {
    // Checked while writing: a small value that shares its parts can stand for a text of any length.
    this.length += text.length;
    if (this.length > MAX_LENGTH) this.refuse("too_long");
    this.parts.push(text);
  }

  write(value) {
    if (value === null) return this.append('""');
    switch (typeof value) {
      case "undefined":
        return this.append('""');
      case "string":
        return this.writeString(value);
      case "boolean":
        return this.append(String(value));
      case "number":
        return this.writeNumber(value);
      case "bigint":
        return this.writeInteger(value);
      case "object":
        return this.writeContainer(value);
      default:
        return this.refuse("unsupported_type");
    }
  }

  writeString(text) {
    if (text.length > MAX_LENGTH) this.refuse("too_long");
    this.append(quote(text));
  }

  /** A plain number: an integer where it is a safe one, a float where it has a fraction, and unclear otherwise. */
  writeNumber(value) {
    if (Number.isSafeInteger(value)) return this.append(String(value));
    if (Number.isInteger(value)) this.refuse("ambiguous_number");
    this.writeFloat(value);
  }

  writeInteger(value) {
    const limit = 10n ** BigInt(MAX_INTEGER_DIGITS);
    if (value >= limit || value <= -limit) this.refuse("integer_too_long");
    this.append(String(value));
  }

  writeFloat(value) {
    if (!Number.isFinite(value)) this.refuse("not_finite");
    this.append(formatFloat(value));
  }

  writeContainer(container) {
    const float = Float.valueOf(container);
    if (float !== undefined) return this.writeFloat(float);
    if (this.open.includes(container)) this.refuse("cycle");
    if (this.open.length >= MAX_DEPTH) this.refuse("too_deep");
    const { isArray, members } = this.inspect(container);
    this.open.push(container);
    this.append(isArray ? "[" : "{");
    members.forEach(([key, value], index) => {
      this.keys.push(key);
      if (index > 0) this.append(",");
      if (!isArray) this.append(`${quote(key)}:`);
      this.write(value);
      this.keys.pop();
    });
    this.append(isArray ? "]" : "}");
    this.open.pop();
  }

  /** The members of a container in canonical order, read without running any code but a proxy's. */
  inspect(container) {
    try {
      const isArray = Array.isArray(container);
      if (!isPlain(container, isArray)) this.refuse("unsupported_type");
      if (Object.getOwnPropertySymbols(container).length > 0) this.refuse("symbol_key");
      const keys = Object.keys(container);
      if (isArray && keys.length !== container.length) this.refuse("sparse_array");
      if (!isArray) keys.sort(compareCodePoints);
      return { isArray, members: keys.map((key) => [key, this.read(container, key)]) };
    } catch (error) {
      if (error instanceof TopicError) throw error;
      return this.refuse("unreadable");
    }
  }

  /** A member's value, without running a getter. */
  read(container, key) {
    const descriptor = Object.getOwnPropertyDescriptor(container, key);
    if (!("value" in descriptor)) this.refuse("accessor");
    return descriptor.value;
  }
}

function isPlain(container, isArray) {
  const prototype = Object.getPrototypeOf(container);
  if (prototype === null) return !isArray;
  // The prototype at the end of the chain, or of an array the one before it: of this realm or of another one.
  const above = Object.getPrototypeOf(prototype);
  if (isArray) return Array.isArray(prototype) && above !== null && Object.getPrototypeOf(above) === null;
  return above === null && Object.hasOwn(prototype, "isPrototypeOf");
}

/** Python's order of strings. JavaScript's own compares UTF-16 units, and puts U+1F600 before U+FFEE. */
function compareCodePoints(left, right) {
  const [a, b] = [Array.from(left), Array.from(right)];
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const difference = a[index].codePointAt(0) - b[index].codePointAt(0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

const SHORT_ESCAPES = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f", "\b": "\\b" };

/** Printable ASCII; every other UTF-16 unit is escaped by itself, so a lone surrogate is too. */
function quote(text) {
  const escaped = text.replace(/[^ !#-[\]-~]/g, (unit) => SHORT_ESCAPES[unit] ?? escapeUnit(unit));
  return `"${escaped}"`;
}

function escapeUnit(unit) {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Python's `repr`. JavaScript has the same shortest digits and other rules for where the point goes. */
function formatFloat(value) {
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e16)) {
    const [digits, exponent] = magnitude.toExponential().split("e");
    return `${sign}${digits}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
  }
  const point = Number.isInteger(magnitude) ? ".0" : "";
  return `${sign}${magnitude}${point}`;
}

/** Takes a topic apart. Canonical topics only: building the result again gives the same text. */
export function parseTopic(topic) {
  const colon = topic.indexOf(":");
  if (colon === -1) throw new TopicError("invalid_topic", "");
  const [route, text] = [topic.slice(0, colon), topic.slice(colon + 1)];
  buildTopic(route, null);
  try {
    const params = parseParams(text);
    if (buildTopicParams(params) === text) return { route, params };
  } catch {
    // Neither JSON nor anything that could be built: the same refusal.
  }
  throw new TopicError("invalid_topic", "");
}

/**
 * JSON with the contract's types. `JSON.parse` would round integers and forget that `1.0` is a float, so numbers pass
 * through it as strings: each gets an `n` in front, and each string an `s`.
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
  if (/[.e]/.test(text)) return new Float(Number(text));
  if (text.length > MAX_INTEGER_DIGITS + 1) throw new SyntaxError("too long");
  return BigInt(text);
}
