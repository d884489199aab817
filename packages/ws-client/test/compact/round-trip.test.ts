import { bars, notifications, orderbook, orders, quotes, type Route } from "@trading/topic";
import { compactCodec } from "@trading/ws-server";
import fc from "fast-check";
import { expect, test } from "vitest";
import * as z from "zod";
import { hostileEnvelope } from "../../../ws-server/test/hostile/hostile-json.js";
import { RandomSource } from "../../../ws-server/test/hostile/random-source.js";
import { compact } from "../../src/compact/index.js";

/** A schema, and a value that mostly matches it. */
interface Case {
  readonly schema: z.ZodType;
  readonly value: unknown;
}

const TOPIC = 'bars:{"symbol":"\\ud800 \\"x"}';

const LETTERS = [..."bcdefghijk"];
/** Names that are easily mistaken for others, and ordinary ones. */
const NAMES = [
  "time",
  "a",
  "10",
  "9",
  "",
  "toString",
  "constructor",
  "length",
  '"',
  "\ud800",
  "é",
  ...LETTERS,
  "__proto__",
];

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.maxSafeInteger(),
  fc.constantFrom(-0, 0, 2 ** 53, 2 ** 53 + 2, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, 1e21, 1e-7, 150.25),
);
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("\ud800", "\udc00\ud800", "[7,1,[]]", "\u2028", "__proto__"),
);
const leaf: fc.Arbitrary<unknown> = fc.oneof(
  number,
  text,
  fc.constantFrom(null, true, false, {}, [], [[]], [{}], { a: [] }),
  fc.jsonValue({ maxDepth: 1 }),
);

const { object } = fc.letrec<{ object: Case; member: Case }>((tie) => ({
  member: fc.oneof(
    { weight: 12, arbitrary: leaf.map((value) => ({ schema: z.unknown(), value })) },
    { weight: 2, arbitrary: tie("object") },
    { weight: 1, arbitrary: tie("object").map(({ schema, value }) => ({ schema: z.nullable(schema), value })) },
    { weight: 1, arbitrary: tie("object").map(({ schema }) => ({ schema: z.nullable(schema), value: null })) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(tie("object"), fc.nat(3))
        .map(([{ schema, value }, count]) => ({ schema: z.array(schema), value: Array(count).fill(value) })),
    },
    // Does not match the schema, mostly.
    { weight: 1, arbitrary: fc.tuple(tie("object"), leaf).map(([{ schema }, value]) => ({ schema, value })) },
  ),
  object: fc
    .tuple(
      fc.uniqueArray(
        fc.record({
          name: fc.constantFrom(...NAMES),
          of: tie("member"),
          isOptional: fc.boolean(),
          isAbsent: fc.boolean(),
        }),
        { selector: ({ name }) => name, maxLength: 6 },
      ),
      fc.option(fc.tuple(fc.constantFrom("more", "a"), leaf), { freq: 1, nil: undefined }),
    )
    .map(([members, more]) => {
      const entries = members.map(({ name, of, isOptional }) => [name, isOptional ? z.optional(of.schema) : of.schema]);
      const present = members.filter(({ isOptional, isAbsent }) => !isOptional || !isAbsent);
      const pairs = [...present.map(({ name, of }) => [name, of.value] as const), ...(more ? [more] : [])];
      return { schema: z.object(Object.fromEntries(entries)), value: Object.fromEntries(pairs) };
    }),
}));

/** Returns what a client reads from an update: with the compact form, and without it. */
function readBoth({ schema, value }: Case) {
  const encoder = compactCodec().updates("bars", TOPIC, schema as never);
  const codec = compact();
  const { compact: form } = encoder;
  const payload = { status: "ok", message: "", topic: TOPIC, compact: form };
  codec.parse(JSON.stringify({ type: "bars.subscribe.response", payload }));
  const frame = encoder.frame(42, encoder.body(value));
  return { frame, compact: codec.parse(frame.compact.text), usual: JSON.parse(frame.text) };
}

test("a compact update stands for exactly the update of the usual form", () => {
  let packed = 0;
  fc.assert(
    fc.property(object, (update) => {
      const { frame, compact, usual } = readBoth(update);
      // As text, because it also shows the order of members and the numbers' digits.
      expect(JSON.stringify(compact)).toBe(JSON.stringify(usual));
      if (/^\[1,42,\[/.test(frame.compact.text)) packed++;
    }),
    { numRuns: 500 },
  );
  expect(packed).toBeGreaterThan(100);
});

const EXAMPLES: readonly (readonly [route: object, updates: readonly object[]])[] = [
  [bars, [{ time: 1, open: 1.5, high: 2, low: 1, close: 1.25, volume: 7 }]],
  [
    quotes,
    [
      { s: "error", n: "A", v: {} },
      { s: "error", n: "A", v: { message: "none" } },
    ],
  ],
  [orderbook, [{ time: 1, bids: [{ price: 1, qty: 2 }], asks: [] }]],
  [
    orders,
    [
      { id: "a", symbol: "A", type: 1, side: -1, qty: 1, status: 6 },
      { id: "a", symbol: "A", type: 1, side: 1, qty: 1, status: 6, limitPrice: 2, duration: { type: "GTC" } },
    ],
  ],
  [notifications, [{ id: "a", time: 1, severity: "info", title: "\ud800", message: "", orderId: "o" }]],
];

test.each(EXAMPLES.map(([route, updates]) => ({ route: route as Route<unknown>, updates })))(
  "the updates of $route.name are the same in both forms",
  ({ route, updates }) => {
    for (const value of updates) {
      const { compact, usual } = readBoth({ schema: route.update as never, value });
      expect(JSON.stringify(compact)).toBe(JSON.stringify(usual));
    }
  },
);

test("every other message is read as JSON", () => {
  const random = new RandomSource(Number(process.env.CLIENT_HOSTILE_SEED ?? 1));
  const codec = compact();
  let read = 0;
  for (let count = 0; count < 600; count++) {
    const text = hostileEnvelope(random).toString();
    if (text.trimStart().startsWith("[")) continue;
    const expected = outcomeOf(() => JSON.parse(text));
    expect(outcomeOf(() => codec.parse(text))).toBe(expected);
    if (expected !== "SyntaxError") read++;
  }
  expect(read).toBeGreaterThan(100);
});

function outcomeOf(parse: () => unknown): string | undefined {
  try {
    return JSON.stringify(parse());
  } catch (error) {
    return (error as Error).name;
  }
}

test("random compact frames are read or refused, whatever they contain", () => {
  const codec = compact();
  const layout = {
    members: ["a", ["o", { members: ["b", "c"], sparse: true }], ["l", { items: { members: ["d"], sparse: true } }]],
  };
  const payload = { status: "ok", message: "", topic: TOPIC, compact: { alias: 7, layout } };
  codec.parse(JSON.stringify({ type: "bars.subscribe.response", payload }));
  const values = fc.array(fc.oneof(leaf, fc.array(fc.oneof(fc.integer(), leaf))), { maxLength: 4 });
  let read = 0;
  fc.assert(
    fc.property(fc.constantFrom(7, 8, "7", null), leaf, fc.oneof(values, leaf), (alias, offset, update) => {
      const frame = JSON.stringify([alias, offset, update]);
      const outcome = outcomeOf(() => codec.parse(frame));
      if (outcome !== "TypeError") read++;
      // Not much more than was sent: neither a mask nor a layout multiplies values.
      expect((outcome as string).length).toBeLessThan(20 * frame.length + 200);
    }),
    { numRuns: 1_000 },
  );
  expect(read).toBeGreaterThan(50);
  expect(Object.keys({})).toEqual([]);
});
