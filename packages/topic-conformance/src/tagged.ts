import { float } from "@trading/topic";
import { hostFeatures, hostValue } from "./host-values.js";

/** The features that `fromTagged` supports in this runtime. A JavaScript implementation can declare them. */
export const jsFeatures: readonly string[] = [
  "bigint",
  "cycle",
  "float",
  "lone-surrogate",
  "shared",
  "undefined",
  "untyped-number",
  ...hostFeatures,
];

/**
 * Converts a tagged value (docs/vectors.md) to a JavaScript value. A float without a fraction becomes `float(n)`, and
 * `$int` becomes a bigint. Works in every JavaScript runtime.
 *
 * @throws TypeError for an unknown tag, or a host value that this runtime does not have
 */
export function fromTagged(tagged: unknown): unknown {
  if (typeof tagged !== "object" || tagged === null) return tagged;
  if (Array.isArray(tagged)) return tagged.map(fromTagged);
  const members = Object.entries(tagged);
  const [first] = members;
  if (first?.[0].startsWith("$") && members.length === 1) return fromTag(...first);
  return Object.fromEntries(members.map(([key, value]) => [key, fromTagged(value)]));
}

function fromTag(tag: string, argument: unknown): unknown {
  switch (tag) {
    case "$float":
      return fromFloat(argument as string);
    case "$int":
      return BigInt(argument as string);
    case "$number":
      return Number(argument);
    case "$utf16":
      return fromUtf16(argument as string);
    case "$object":
      return Object.fromEntries((argument as [unknown, unknown][]).map((member) => member.map(fromTagged)));
    case "$repeat": {
      const [text, count] = argument as [string, number];
      return text.repeat(count);
    }
    case "$nest": {
      const [kind, depth] = argument as [Kind, number];
      return wrap(kind === "array" ? [] : {}, depth - 1, kind === "array" ? (a) => [a] : (a) => ({ a }));
    }
    case "$shared": {
      const [kind, levels, value] = argument as [Kind, number, unknown];
      return wrap(fromTagged(value), levels, kind === "array" ? (a) => [a, a] : (a) => ({ a, b: a }));
    }
    case "$undefined":
      return undefined;
    case "$cycle":
      return cycle(argument as Kind);
    case "$host":
      return hostValue(argument as string);
    default:
      throw new TypeError(`unknown tag "${tag}": see docs/vectors.md for the list of tags`);
  }
}

type Kind = "array" | "object";

/** Marks only floats without a fraction. A number with a fraction is always a float, and programs pass it unmarked. */
function fromFloat(text: string): unknown {
  const value = Number(text.replace("nan", "NaN").replace("inf", "Infinity"));
  return Number.isInteger(value) ? float(value) : value;
}

function fromUtf16(hex: string): string {
  const units = hex.match(/.{4}/g) ?? [];
  return units.map((unit) => String.fromCharCode(Number.parseInt(unit, 16))).join("");
}

function wrap(value: unknown, levels: number, around: (value: unknown) => unknown): unknown {
  let result = value;
  for (let level = 0; level < levels; level++) result = around(result);
  return result;
}

function cycle(kind: Kind): unknown {
  if (kind === "array") {
    const items: unknown[] = [];
    items.push(items);
    return items;
  }
  const members: Record<string, unknown> = {};
  members.self = members;
  return members;
}

/** Matches only lone surrogates: with the `u` flag a surrogate pair is one character. */
const LONE_SURROGATE = /[\ud800-\udfff]/u;

const FLOAT = Symbol.for("@trading/topic.float");

/**
 * Converts plain data to a tagged value, the reverse of `fromTagged`.
 *
 * @throws TypeError for cycles and for values that are not plain data
 */
export function toTagged(value: unknown): unknown {
  return encode(value, []);
}

function encode(value: unknown, ancestors: readonly object[]): unknown {
  switch (typeof value) {
    case "boolean":
      return value;
    case "undefined":
      return { $undefined: true };
    case "string":
      return LONE_SURROGATE.test(value) ? { $utf16: toUtf16(value) } : value;
    case "bigint":
      return { $int: String(value) };
    case "number":
      return encodeNumber(value);
    case "object":
      return value === null ? null : encodeContainer(value, ancestors);
    default:
      throw new TypeError(`cannot tag a ${typeof value}`);
  }
}

function encodeContainer(container: object, ancestors: readonly object[]): unknown {
  if (ancestors.includes(container)) throw new TypeError("cannot tag a cycle: use $cycle instead");
  const marked = Object.getOwnPropertyDescriptor(container, FLOAT)?.value as number | undefined;
  if (marked !== undefined) return { $float: floatText(marked) };
  const inside = [...ancestors, container];
  if (Array.isArray(container)) return container.map((item) => encode(item, inside));
  const prototype = Object.getPrototypeOf(container);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`cannot tag ${Object.prototype.toString.call(container)}`);
  }
  const members = Object.entries(container).map(([key, item]) => [encode(key, inside), encode(item, inside)] as const);
  const plain = members.every(([key]) => typeof key === "string" && !key.startsWith("$"));
  return plain ? Object.fromEntries(members) : { $object: members };
}

function encodeNumber(value: number): unknown {
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  // An integer beyond 2^53 - 1 can be an int or a float. Every number with a fraction is a float, and so are NaN and the
  // infinities.
  return Number.isInteger(value) ? { $number: String(value) } : { $float: floatText(value) };
}

/** Formats a float for Python's `float()`. The format need not be canonical; the canonical format is under test. */
function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const text = String(value);
  if (text.includes("e")) return text.replace(/e([+-])(\d)$/, "e$10$2");
  return text.includes(".") ? text : `${text}.0`;
}

function toUtf16(text: string): string {
  return Array.from({ length: text.length }, (_, at) => text.charCodeAt(at).toString(16).padStart(4, "0")).join("");
}
