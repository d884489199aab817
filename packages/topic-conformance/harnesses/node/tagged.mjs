// Converts tagged values (docs/vectors.md) to JavaScript values. The function that marks a number as a float is a
// parameter, so that this file works with any serializer.
import { runInNewContext } from "node:vm";

/** @param {unknown} tagged  @param {(value: number) => unknown} float marks a number as a float */
export function fromTagged(tagged, float) {
  if (typeof tagged !== "object" || tagged === null) return tagged;
  if (Array.isArray(tagged)) return tagged.map((item) => fromTagged(item, float));
  const members = Object.entries(tagged);
  if (members.length === 1 && members[0][0].startsWith("$")) return decodeTag(members[0], float);
  return Object.fromEntries(members.map(([key, value]) => [key, fromTagged(value, float)]));
}

function decodeTag([tag, argument], float) {
  switch (tag) {
    case "$float":
      return decodeFloat(argument, float);
    case "$int":
      return BigInt(argument);
    case "$number":
      return Number(argument);
    case "$utf16":
      return String.fromCharCode(...(argument.match(/.{4}/g) ?? []).map((unit) => Number.parseInt(unit, 16)));
    case "$object":
      return Object.fromEntries(argument.map(([key, value]) => [fromTagged(key, float), fromTagged(value, float)]));
    case "$repeat":
      return argument[0].repeat(argument[1]);
    case "$nest":
      return stack(argument[0], argument[1] - 1, argument[0] === "array" ? [] : {}, false);
    case "$shared":
      return stack(argument[0], argument[1], fromTagged(argument[2], float), true);
    case "$undefined":
      return undefined;
    case "$cycle":
      return cycle(argument);
    case "$host":
      return HOSTS[argument]();
    default:
      throw new Error(`unknown tag ${tag}`);
  }
}

/** Parses a float in the notation of Python, with `nan`, `inf` and `-inf`. */
function decodeFloat(text, float) {
  const value = Number(text.replace("nan", "NaN").replace("inf", "Infinity"));
  // Marks only floats without a fraction. A number with a fraction is always a float, and programs pass it unmarked.
  return Number.isFinite(value) && Number.isInteger(value) ? float(value) : value;
}

/** Wraps a value in `levels` containers. Each container has the inner one as its only member, or as both of two. */
function stack(kind, levels, value, twice) {
  let result = value;
  for (let level = 0; level < levels; level++) {
    const inner = result;
    if (kind === "array") result = twice ? [inner, inner] : [inner];
    else result = twice ? { a: inner, b: inner } : { a: inner };
  }
  return result;
}

function cycle(kind) {
  const container = kind === "array" ? [] : {};
  container[kind === "array" ? 0 : "self"] = container;
  return container;
}

const throwingHandler = new Proxy(
  {},
  {
    get: () => () => {
      throw new Error("this proxy trap always throws");
    },
  },
);

const HOSTS = {
  date: () => new Date(0),
  map: () => new Map([["a", 1]]),
  set: () => new Set([1]),
  function: () => () => 1,
  symbol: () => Symbol("a"),
  regexp: () => /a/,
  error: () => new Error("a"),
  promise: () => Promise.resolve(1),
  generator: () => [1, 2].values(),
  bytes: () => new Uint8Array([1]),
  "array-buffer": () => new ArrayBuffer(1),
  "boxed-number": () => Object(1),
  "boxed-string": () => Object("a"),
  "boxed-boolean": () => Object(true),
  instance: () =>
    new (class Instance {
      a = 1;
    })(),
  "array-subclass": () => class List extends Array {}.of(1),
  accessor: () => ({
    get a() {
      return 1;
    },
  }),
  "symbol-key": () => ({ a: 1, [Symbol("b")]: 2 }),
  "sparse-array": () => Object.assign(new Array(3), { 0: 1, 2: 3 }),
  "named-array": () => Object.assign([1], { name: 1 }),
  "proxy-throws": () => new Proxy({}, throwingHandler),
  "to-json": () => ({ a: 1, toJSON: () => "b" }),
  "null-prototype": () => Object.assign(Object.create(null), { b: 1, a: 2 }),
  "other-realm": () => runInNewContext("({ b: [1], a: {} })"),
  "non-enumerable": () => Object.defineProperty({ a: 1 }, "b", { value: 2 }),
  "plain-proxy": () => new Proxy({ b: 1, a: 2 }, {}),
};

/** The features that `fromTagged` supports. */
export const TAG_FEATURES = [
  "bigint",
  "cycle",
  "float",
  "lone-surrogate",
  "shared",
  "undefined",
  "untyped-number",
  ...Object.keys(HOSTS).map((kind) => `host-${kind}`),
];
