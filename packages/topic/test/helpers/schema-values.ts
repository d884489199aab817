import fc from "fast-check";
import type * as core from "zod/v4/core";

/** Creates a value for a zod schema, a new one for each reader, because some values change while they are read. */
export interface Recipe {
  readonly make: () => unknown;
  /** Whether all reads of the value are consistent: it returns the same each time, and `in` agrees with reads. */
  readonly consistent: boolean;
}

const CHARACTERS = ["a", "Z", "0", " ", '"', "\\", "\u0000", "\u00e9", "\u{1f600}", "\ud800", "\udc00"];

/** Strings around the usual bounds, in code units and in code points. */
const text = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.constantFrom(...CHARACTERS), { maxLength: 8 }).map((units) => units.join("")) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...CHARACTERS), fc.constantFrom(31, 32, 33, 63, 64, 65, 128))
      .map(([character, count]) => character.repeat(count)),
  },
);

const number = fc.oneof(
  fc.integer({ min: -3, max: 600 }),
  fc.double(),
  fc.constantFrom(0, -0, 5e-324, 0.5, 1, 10, 500, 501, 2 ** 53 - 1, 2 ** 53, -(2 ** 53), 1e308),
);

/** Creates values of a schema's types, mostly also within its bounds. */
export function valuesOf(schema: core.$ZodType): fc.Arbitrary<unknown> {
  const { def } = (schema as core.$ZodTypes)._zod;
  switch (def.type) {
    case "string":
      return text;
    case "number":
      return number;
    case "boolean":
      return fc.boolean();
    case "literal":
    case "enum":
      return fc.constantFrom(...(schema as core.$ZodEnum)._zod.values);
    case "nullable":
      return fc.option(valuesOf(def.innerType));
    case "optional":
      return fc.option(valuesOf(def.innerType), { nil: undefined });
    case "array":
      return fc.array(valuesOf(def.element), { maxLength: 4 });
    case "object":
      return objectOf(def.shape);
    case "union":
      return fc.oneof(...def.options.map(valuesOf));
    default:
      throw new Error(`No values for schemas of type ${def.type}: add them to valuesOf`);
  }
}

function objectOf(shape: { readonly [name: string]: core.$ZodType }): fc.Arbitrary<object> {
  const optional = Object.keys(shape).filter((name) => shape[name]?._zod.def.type === "optional");
  const members = Object.fromEntries(Object.entries(shape).map(([name, member]) => [name, valuesOf(member)]));
  return fc.record(members, { requiredKeys: Object.keys(shape).filter((name) => !optional.includes(name)) });
}

class Items extends Array {}

/** Values that are invalid in nearly every place, or only look valid. */
const ODD: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => "",
  () => "1",
  () => "__proto__",
  () => true,
  () => 0,
  () => -0,
  () => 1.5,
  () => Number.NaN,
  () => Number.POSITIVE_INFINITY,
  () => Number.NEGATIVE_INFINITY,
  () => 2 ** 53,
  () => 1n,
  () => Symbol("a"),
  () => () => {},
  () => ({}),
  () => [],
  () => Object.create(null),
  () => new Date(0),
  () => new Map([["length", 1]]),
  () => Object("text"),
  () => Object(1),
  () => ({ length: 1 }),
  () => ({ length: Symbol("long") }),
  () => ({ valueOf: () => 1, toString: () => "a" }),
  () => new Array(3),
  () => Items.from(["a"]),
  () => new Uint8Array(2),
  () => "x".repeat(100_000),
  () => "\ud83d".repeat(65),
  () => new Array(501).fill("a"),
  () => new Array(5_000).fill({ price: 1, qty: 1 }),
  () => new Proxy([1, "a", {}], {}),
  () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
];

type Change = (node: Record<string, unknown>, name: string, odd: () => unknown) => unknown;

/** Changes of an object or an array at one of its members. */
const CONSISTENT_CHANGES: readonly Change[] = [
  (node, name, odd) => put(node, name, odd()),
  (node, name) => without(node, name),
  (node, _, odd) => put(node, "unknown", odd()),
  (node, _, odd) => put(node, "__proto__", odd()),
  (node) => Object.create(node),
  (node) => Object.create(null, Object.getOwnPropertyDescriptors(node)),
  (node, name) => Object.defineProperty(node, name, { configurable: true, get: throwing }),
  (node) => new Proxy(node, {}),
  (node, name) => new Proxy(node, { has: (target, key) => (key === name ? throwing() : key in target) }),
  (node) => {
    if (Array.isArray(node)) node.length += 1;
    return node;
  },
];

const INCONSISTENT_CHANGES: readonly Change[] = [
  (node, name, odd) => {
    const value = Object.getOwnPropertyDescriptor(node, name)?.value;
    let reads = 0;
    return Object.defineProperty(node, name, { configurable: true, get: () => (reads++ % 2 === 0 ? value : odd()) });
  },
  (node, name) => new Proxy(node, { has: (target, key) => key !== name && key in target }),
  (node, name, odd) => {
    let reads = 0;
    return new Proxy(node, {
      get: (target, key) => ((key === "length" || key === name) && reads++ === 1 ? odd() : target[key as string]),
    });
  },
];

function throwing(): never {
  throw new Error("read");
}

function put(node: Record<string, unknown>, name: string, value: unknown): unknown {
  return Object.defineProperty(node, name, { value, enumerable: true, configurable: true, writable: true });
}

function without(node: Record<string, unknown>, name: string): unknown {
  if (!Array.isArray(node)) delete node[name];
  else if (node.length > 0) node.splice(Number(name), 1);
  return node;
}

/** Creates a value of a schema: unchanged, changed in one or two places, or replaced by an odd one. */
export function recipeOf(schema: core.$ZodType): fc.Arbitrary<Recipe> {
  const odd = fc.constantFrom(...ODD);
  const changesBy = (changes: readonly Change[]): fc.Arbitrary<() => unknown> => {
    const change = fc.constantFrom(...changes);
    const inside = fc.record({ change, steps: fc.array(fc.nat(20), { minLength: 1, maxLength: 3 }), odd });
    const atTop = fc.record({ change, steps: fc.tuple(fc.nat(20)), odd });
    return fc.tuple(valuesOf(schema), inside, fc.option(atTop)).map(([value, first, second]) => () => {
      const once = changeAt(structuredClone(value), first);
      return second ? changeAt(once, second) : once;
    });
  };
  const made = (consistent: boolean) => (make: () => unknown) => ({ make, consistent });
  const untouched = valuesOf(schema).map((value) => () => structuredClone(value));
  return fc.oneof(
    { weight: 3, arbitrary: untouched.map(made(true)) },
    { weight: 5, arbitrary: changesBy(CONSISTENT_CHANGES).map(made(true)) },
    { weight: 2, arbitrary: changesBy([...CONSISTENT_CHANGES, ...INCONSISTENT_CHANGES]).map(made(false)) },
    { weight: 1, arbitrary: odd.map(made(true)) },
  );
}

interface Place {
  readonly change: Change;
  /** The members to walk into; the last step selects the member to change. */
  readonly steps: readonly number[];
  readonly odd: () => unknown;
}

function changeAt(value: unknown, { change, steps, odd }: Place): unknown {
  const node = value as Record<string, unknown>;
  const [step, ...further] = steps as readonly [number, ...number[]];
  const names = Object.keys(node);
  const name = names[step % Math.max(names.length, 1)] ?? "unknown";
  const member = further.length > 0 ? node[name] : undefined;
  if (typeof member !== "object" || member === null) return change(node, name, odd);
  return put(node, name, changeAt(member, { change, steps: further, odd }));
}
