import { pointerStep, refusal, TopicError, type TopicErrorCode } from "./errors.js";
import { appendQuoted, MAX_LENGTH, sortByCodePoint } from "./quote.js";

/** Containers may nest this deep; one more is refused. */
const MAX_DEPTH = 64;

const FLOAT = /* @__PURE__ */ Symbol.for("@trading/topic.float");

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
 * @see PROTOCOL.md#topics
 */
export function buildTopicParams(value: unknown): string {
  return write(value);
}

/** An open container and the member being written: the way back to the root, for cycles, depth and paths. */
interface Frame {
  readonly container: object;
  readonly parent: Frame | undefined;
  key: string | number;
  /** Characters written before the member, by this container and those around it. */
  length: number;
}

let integerLimit: bigint | undefined;

function write(value: unknown, parent?: Frame): string {
  if (value == null) return '""';
  switch (typeof value) {
    case "string": {
      // Looked at before it is escaped too, since that may make six characters of one.
      const text = value.length > MAX_LENGTH ? value : appendQuoted("", value);
      if (text.length > MAX_LENGTH) throw refuse("too_long", parent, value);
      return text;
    }
    case "number":
      if (Number.isSafeInteger(value)) return String(value);
      if (Number.isInteger(value)) throw refuse("ambiguous_number", parent, value);
      return writeFloat(value, parent);
    case "boolean":
      return String(value);
    case "object":
      return writeContainer(value, parent);
    case "bigint":
      // CPython prints ints of at most 4,300 digits. Printing first would take seconds on one of a million.
      integerLimit ??= 10n ** 4300n;
      if (value / integerLimit) throw refuse("integer_too_long", parent);
      return String(value);
    default:
      throw refuse("unsupported_type", parent, value);
  }
}

function writeFloat(value: number, parent: Frame | undefined): string {
  const magnitude = Math.abs(value);
  if (!(magnitude < Infinity)) throw refuse("not_finite", parent, value);
  if (Object.is(value, -0)) return "-0.0";
  if (magnitude >= 1e16 || (magnitude < 1e-4 && value)) {
    // The same shortest digits as Python's repr, with an exponent of at least two digits.
    return value.toExponential().replace(/\D(?=\d$)/, "$&0");
  }
  return String(value) + (Number.isInteger(value) ? ".0" : "");
}

/*
 * The hot path was measured step by step: Object.keys 9 ns, a property descriptor 16 ns, own symbols 37 ns,
 * Reflect.ownKeys 106 ns. So keys and symbols are asked for apart, and members are read through their descriptor, which
 * tells an accessor from a value without running it. Keys of small objects are sorted by insertion in place of
 * Array.prototype.sort (70 ns at two keys). Text is appended to what stands already, since each intermediate string
 * costs an allocation. With that {symbol, resolution} costs what JSON.stringify costs, which neither sorts nor checks.
 */
function writeContainer(container: object, parent: Frame | undefined): string {
  const above = parent ? parent.length : 0;
  const frame: Frame = { container, parent, key: "", length: 0 };
  try {
    const isArray = Array.isArray(container);
    if (!hasPlainPrototype(container, isArray)) throw refuse("unsupported_type", parent, container);
    if (Object.getOwnPropertySymbols(container).length) {
      // A float is no container: it may stand where one more would be too deep.
      const marked = Object.getOwnPropertyDescriptor(container, FLOAT)?.value;
      if (typeof marked === "number") return writeFloat(marked, parent);
      throw refuse("symbol_key", parent, container);
    }

    let depth = 1;
    for (let up = parent; up; up = up.parent) {
      if (up.container === container) throw refuse("cycle", parent, container);
      if (++depth > MAX_DEPTH) throw refuse("too_deep", parent, container);
    }

    // Looked at before the keys are listed, which alone takes gigabytes for an array of a hundred million.
    if (isArray && container.length > MAX_LENGTH) throw refuse("too_long", parent, container);
    const keys = Object.keys(container);
    // Fewer keys than the length are holes, more are named members: neither has a meaning in JSON.
    if (isArray && keys.length !== container.length) throw refuse("sparse_array", parent, container);
    if (!isArray) sortByCodePoint(keys);

    let text = isArray ? "[" : "{";
    for (let index = 0; index < keys.length; index++) {
      const key = isArray ? index : (keys[index] as string);
      frame.key = key;
      let value = isArray && !lookupGetter.call(container, key) ? container[index] : undefined;
      if (value === undefined) {
        const descriptor = Object.getOwnPropertyDescriptor(container, key);
        if (!descriptor) throw refuse("sparse_array", frame);
        if (descriptor.get || descriptor.set) throw refuse("accessor", frame);
        value = descriptor.value;
      }
      if (index) text += ",";
      frame.length = above + text.length;
      if (!isArray) text = `${appendQuoted(text, key as string)}:`;
      text = typeof value === "string" ? appendQuoted(text, value) : text + write(value, frame);
      // The closing bracket is one more.
      if (above + text.length >= MAX_LENGTH) throw refuse("too_long", frame);
    }
    return text + (isArray ? "]" : "}");
  } catch (error) {
    // Errors of our own carry a path already. Anything else came out of the value: a proxy's trap, say.
    throw error instanceof TopicError ? error : refuse("unreadable", parent, container, error);
  }
}

/** Tells whether reading would run code. On the index of an array it costs a third of a descriptor. */
const { __lookupGetter__: lookupGetter } = Object.prototype as unknown as {
  __lookupGetter__(this: object, key: PropertyKey): unknown;
};

/** Whether the prototype is `Object.prototype` or `Array.prototype`, of this realm or another (a frame, a vm context). */
function hasPlainPrototype(container: object, isArray: boolean): boolean {
  let root = Object.getPrototypeOf(container);
  if (root === (isArray ? Array : Object).prototype) return true;
  if (!root) return !isArray;
  // In every realm Array.prototype is an array, and lies on Object.prototype: the root, which has what objects inherit.
  if (isArray) root = Array.isArray(root) && Object.getPrototypeOf(root);
  return root && !Object.getPrototypeOf(root) && Object.hasOwn(root, "isPrototypeOf");
}

/** What to write instead. The code itself says what is wrong. */
const REMEDIES: { readonly [code in TopicErrorCode]?: string } = {
  ambiguous_number: "use a bigint or float()",
  integer_too_long: "use a string",
  accessor: "use its value",
};

/** The refusal of a value at the member that a frame is at. */
function refuse(code: TopicErrorCode, at: Frame | undefined, value?: unknown, cause?: unknown): TopicError {
  let path = "";
  for (let frame = at; frame; frame = frame.parent) path = pointerStep(frame.key) + path;
  return refusal(code, path, value, REMEDIES[code] ?? "use plain data", cause);
}
