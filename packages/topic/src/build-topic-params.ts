import { refusal, TopicError } from "./errors.js";

/** Containers may nest this deep; one more is refused. */
const MAX_DEPTH = 64;

/**
 * The longest text that is built, in characters. A value can share its parts, so that 60 small arrays stand for 2^60
 * values: without a bound on the output such an input would hang the process.
 */
const MAX_LENGTH = 2 ** 24;

/** CPython's own limit on the text of an int (`sys.int_info.default_max_str_digits`). */
const MAX_INTEGER_DIGITS = 4300n;

const FLOAT = Symbol.for("@trading/topic.float");

/** A number that is a float even where it is whole. Made by {@link float}. */
export interface Float {
  readonly [FLOAT]: number;
}

/**
 * Marks a number as a float, as Python has it: `float(1)` is written `1.0`, plain `1` is the integer `1`.
 *
 * @param value a finite number; others are refused when the topic is built, where the path to them is known
 */
export function float(value: number): Float {
  return Object.freeze({ [FLOAT]: value });
}

/**
 * The canonical text of a value: the bytes of CPython's `json.dumps` (default `ensure_ascii`, separators `,` and `:`)
 * over recursively key-sorted data with `None` replaced by `""`. Always printable ASCII, the same in every runtime.
 *
 * Takes strings, booleans, null and undefined (both become `""`), safe integers, numbers with a fraction, `bigint`,
 * {@link float}, arrays and plain objects of these. Refuses the rest, and never guesses.
 *
 * @throws TopicError with `code`, `path` (JSON Pointer) and what to write instead
 * @see the topic contract in PROTOCOL.md, section Topics
 */
export function buildTopicParams(value: unknown): string {
  return write(value, undefined);
}

/** An open container and the member being written: the way back to the root, for cycles, depth and error paths. */
interface Frame {
  readonly container: object;
  readonly parent: Frame | undefined;
  readonly depth: number;
  key: string | number;
}

function write(value: unknown, parent: Frame | undefined): string {
  switch (typeof value) {
    case "string":
      if (value.length > MAX_LENGTH) throw refusal("too_long", pointer(parent), value);
      return quote(value);
    case "number":
      if (Number.isSafeInteger(value)) return String(value);
      if (Number.isInteger(value)) throw refusal("ambiguous_number", pointer(parent), value);
      return writeFloat(value, parent);
    case "boolean":
      return value ? "true" : "false";
    case "undefined":
      return '""';
    case "object":
      return value === null ? '""' : writeContainer(value, parent);
    case "bigint":
      return writeBigint(value, parent);
    default:
      throw refusal("unsupported_type", pointer(parent), value);
  }
}

/*
 * What the hot path costs was measured member by member: Object.keys 9 ns, a property descriptor 16 ns, own symbols
 * 37 ns, Reflect.ownKeys 106 ns. So keys and symbols are asked for apart, and every member is read through its
 * descriptor, which tells an accessor from a value without running it. Keys of small objects are sorted by insertion in
 * place of Array.prototype.sort (70 ns at two keys). With that, {symbol, resolution} costs about what JSON.stringify
 * costs, which neither sorts nor checks.
 */
function writeContainer(container: object, parent: Frame | undefined): string {
  const frame: Frame = { container, parent, depth: parent === undefined ? 1 : parent.depth + 1, key: "" };
  try {
    if (frame.depth > MAX_DEPTH) throw refusal("too_deep", pointer(parent), container);
    for (let up = parent; up !== undefined; up = up.parent) {
      if (up.container === container) throw refusal("cycle", pointer(parent), container);
    }
    if (!hasPlainPrototype(container, Array.isArray(container) ? Array : Object)) {
      throw refusal("unsupported_type", pointer(parent), container);
    }
    const symbols = Object.getOwnPropertySymbols(container);
    if (symbols.length > 0) {
      const marked = symbols.length === 1 ? Object.getOwnPropertyDescriptor(container, FLOAT)?.value : undefined;
      if (typeof marked === "number") return writeFloat(marked, parent);
      throw refusal("symbol_key", pointer(parent), container);
    }
    return Array.isArray(container) ? writeArray(container, frame) : writeObject(container, frame);
  } catch (error) {
    // Errors of our own carry a path already. Anything else came out of the value: a proxy's trap, say.
    if (error instanceof TopicError) throw error;
    throw refusal("unreadable", pointer(frame), undefined, error);
  }
}

function writeArray(container: readonly unknown[], frame: Frame): string {
  // Fewer keys than the length are holes, more are named properties: neither has a meaning in JSON.
  if (Object.keys(container).length !== container.length) {
    throw refusal("sparse_array", pointer(frame.parent), container);
  }
  let text = "[";
  for (let index = 0; index < container.length; index++) {
    frame.key = index;
    if (index > 0) text += ",";
    text = grow(text, write(read(container, index, frame), frame), frame);
  }
  return `${text}]`;
}

function writeObject(container: object, frame: Frame): string {
  const keys = Object.keys(container);
  sortByCodePoint(keys);
  let text = "{";
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as string;
    frame.key = key;
    if (index > 0) text += ",";
    text = grow(`${text + quote(key)}:`, write(read(container, key, frame), frame), frame);
  }
  return `${text}}`;
}

/** A member's value, without running a getter. */
function read(container: object, key: string | number, frame: Frame): unknown {
  const descriptor = Object.getOwnPropertyDescriptor(container, key);
  if (descriptor === undefined) throw refusal("sparse_array", pointer(frame), undefined);
  if (descriptor.get !== undefined || descriptor.set !== undefined) throw refusal("accessor", pointer(frame), undefined);
  return descriptor.value;
}

function grow(text: string, more: string, frame: Frame): string {
  if (text.length + more.length > MAX_LENGTH) throw refusal("too_long", pointer(frame), frame.container);
  return text + more;
}

function writeFloat(value: number, parent: Frame | undefined): string {
  if (!Number.isFinite(value)) throw refusal("not_finite", pointer(parent), value);
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const magnitude = Math.abs(value);
  if (magnitude < 1e-4 || magnitude >= 1e16) {
    // The same shortest digits as Python's repr, with an exponent of at least two digits.
    return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  }
  const text = String(value);
  return Number.isInteger(value) ? `${text}.0` : text;
}

function writeBigint(value: bigint, parent: Frame | undefined): string {
  // Compared before it is printed: printing a bigint of a million digits takes seconds.
  const limit = 10n ** MAX_INTEGER_DIGITS;
  if (value >= limit || value <= -limit) throw refusal("integer_too_long", pointer(parent), undefined);
  return String(value);
}

/** A JSON string in printable ASCII, every other UTF-16 unit as a lower-case `\uXXXX`. */
export function quote(text: string): string {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    // Outside space to tilde, or a quotation mark, or a backslash.
    if (unit < 0x20 || unit > 0x7e || unit === 0x22 || unit === 0x5c) return escape(text);
  }
  return `"${text}"`;
}

function escape(text: string): string {
  // JSON.stringify has the short forms, the control characters and lone surrogates right, in lower case.
  return JSON.stringify(text).replace(
    /[\x7f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** In place. UTF-16 order, which `Array.prototype.sort` has, puts U+1F600 before U+FFEE; Python does not. */
export function sortByCodePoint(keys: string[]): void {
  if (keys.length > 10) {
    keys.sort(compareCodePoints);
    return;
  }
  for (let end = 1; end < keys.length; end++) {
    const key = keys[end] as string;
    let at = end;
    for (; at > 0 && compareCodePoints(keys[at - 1] as string, key) > 0; at--) keys[at] = keys[at - 1] as string;
    keys[at] = key;
  }
}

function compareCodePoints(left: string, right: string): number {
  for (let index = 0; index < left.length && index < right.length; index++) {
    const difference = (left.codePointAt(index) as number) - (right.codePointAt(index) as number);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Whether the prototype is `Object.prototype` or `Array.prototype`, of this realm or another (a frame, a vm context). */
function hasPlainPrototype(container: object, constructor: ObjectConstructor | ArrayConstructor): boolean {
  const prototype = Object.getPrototypeOf(container);
  if (prototype === constructor.prototype) return true;
  if (prototype === null) return constructor === Object;
  // Another realm's: a native constructor of that name, which owns the prototype.
  const other = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  const { toString } = Function.prototype;
  return (
    typeof other === "function" && other.prototype === prototype && toString.call(other) === toString.call(constructor)
  );
}

/** The JSON Pointer to the member that a frame is at. */
function pointer(frame: Frame | undefined): string {
  let path = "";
  for (let at = frame; at !== undefined; at = at.parent) {
    path = `/${String(at.key).replaceAll("~", "~0").replaceAll("/", "~1")}${path}`;
  }
  return path;
}
