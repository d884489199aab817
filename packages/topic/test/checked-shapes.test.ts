import * as topic from "@trading/topic";
import { type Route, type RouteShape, TopicError } from "@trading/topic";
import * as checkedShapes from "@trading/topic/checked-shapes";
import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import * as classic from "zod";
import * as z from "zod/mini";
import * as core from "zod/v4/core";
import { readCheck } from "../scripts/read-check.mjs";
import { type CheckedShape, defineCheckedShape } from "../src/checked-shape.js";
import * as kinds from "../src/routes/schemas.js";
import { recipeOf } from "./helpers/schema-values.js";
import { randomRuns } from "./helpers/seed.js";

type AnyRoute = Route<object, unknown>;
type AnyCheckedShape = CheckedShape<object, unknown>;

const checked = checkedShapes as unknown as { readonly [name: string]: AnyCheckedShape };
const routes = Object.entries(topic as unknown as Record<string, AnyRoute>).filter(
  ([, value]) => typeof value === "object" && "buildTopic" in value,
);

type Outcome = { readonly value: unknown } | { readonly code: string; readonly path: string };

function outcomeOf(parse: (input: unknown) => unknown, input: unknown): Outcome {
  try {
    return { value: parse(input) };
  } catch (error) {
    if (!(error instanceof TopicError)) throw error;
    return { code: error.code, path: error.path };
  }
}

/**
 * Asserts that a check and zod have the same outcome: the same values, and the same code and path for rejected ones. The
 * check stops at the first invalid value, so it can miss a later value that zod fails to read. For values with
 * inconsistent reads, it only asserts that accepted values match the schema.
 */
function expectSameOutcome(
  parseOfZod: (input: unknown) => unknown,
  parse: (input: unknown) => unknown,
  schema: core.$ZodType,
): void {
  const counts = { accepted: 0, rejected: 0 };
  fc.assert(
    fc.property(recipeOf(schema), ({ make, consistent }) => {
      const got = outcomeOf(parse, make());
      if ("value" in got) counts.accepted++;
      else counts.rejected++;
      if (!consistent) {
        if ("value" in got) expect(core.safeParse(schema, got.value)).toStrictEqual({ success: true, data: got.value });
        return;
      }
      const expected = outcomeOf(parseOfZod, make());
      if ("code" in expected && expected.code === "unreadable") expect(got).not.toHaveProperty("value");
      else expect(got).toStrictEqual(expected);
      if ("value" in expected) expect(JSON.stringify(got), "the order of the members").toBe(JSON.stringify(expected));
    }),
    runs,
  );
  expect(Math.min(counts.accepted, counts.rejected)).toBeGreaterThan(runs.numRuns / 100);
}

const runs = randomRuns(2000);

describe("checks have the same outcome as zod", () => {
  test("for all eleven routes", () => {
    const shapes = Object.entries(checked).filter(([, value]) => "parseParams" in value);
    expect(shapes.map(([name]) => name).sort()).toEqual(routes.map(([name]) => name).sort());
    expect(routes).toHaveLength(11);
  });

  test.each(routes)("for the params of %s", (name, route) => {
    expectSameOutcome(route.parseParams, (checked[name] as AnyCheckedShape).parseParams, route.params);
  });

  test.each(routes)("for the updates of %s", (name, route) => {
    expectSameOutcome(route.parseUpdate, (checked[name] as AnyCheckedShape).parseUpdate, route.update);
  });
});

describe("checks represent", () => {
  const { string, number, int, oneOf, array, object, oneOfObjects, optional, nullable } = kinds;
  const { above, atLeast, atMost, minLength, maxLength } = kinds;
  const below = new core.$ZodCheckLessThan({ check: "less_than", value: 5, inclusive: false });
  test.each<[string, unknown]>([
    ["string", string()],
    ["a minimum length", string(minLength(2))],
    ["a maximum length", string(maxLength(3))],
    ["a long minimum and maximum length", string(minLength(32), maxLength(64))],
    ["number", number()],
    ["exclusive bounds", number(above(0), below as core.$ZodCheck<number>)],
    ["inclusive bounds", number(atLeast(-1), atMost(10))],
    ["int", int()],
    ["int with bounds", int(atLeast(-(2 ** 53)), atMost(500))],
    ["boolean", z.boolean()],
    ["literals", oneOf<string | number>(1, -1, "1", "", 0)],
    ["literals that are not strings", z.literal([true, null, 0.5])],
    ["enum", z.enum(["a", "1", "__proto__"])],
    ["enum of numbers", z.enum({ limit: 1, market: 2 })],
    ["nullable", nullable(number())],
    ["nullable twice", nullable(nullable(string(minLength(1))))],
    ["optional", optional(string(minLength(1)))],
    ["optional of nullable", optional(nullable(int()))],
    ["array", array(optional(int()))],
    ["array with bounds", array(number(atLeast(0)), minLength(1), maxLength(2))],
    ["array of objects with a bound", array(object({ a: int() }), minLength(3))],
    ["object", object({ b: int(), a: optional(object({ c: array(string()) })), 1: nullable(int()) })],
    ["object with names of Object.prototype", object({ constructor: string(), toString: nullable(int()) })],
    [
      "discriminated union",
      oneOfObjects(
        "s",
        object({ s: oneOf<string | number>("a", 1), v: int() }),
        object({ s: oneOf("1", null as never) }),
      ),
    ],
    ["discriminated union by a member of Object.prototype", oneOfObjects("valueOf", object({ valueOf: oneOf("a") }))],
    ["zod/mini", z.object({ a: z.int().check(z.minimum(1)), b: z.array(z.string()).check(z.maxLength(2)) })],
    ["zod's classic schemas", classic.z.object({ a: classic.z.number().gt(1).nullable().optional() })],
  ])("%s", (_, schema) => {
    const route = topic.defineRoute({
      name: "kinds",
      params: z.object({}),
      update: z.object({ value: schema as z.ZodMiniType }),
      access: "public",
      summary: "",
    });
    const shape = defineCheckedShape(route, { object: {} }, readCheck(route.update, "kinds update"));
    expectSameOutcome(route.parseUpdate, shape.parseUpdate, route.update);
  });

  test("params, whose nullable fields are normalized before the check", () => {
    const route = topic.defineRoute({
      name: "kinds",
      params: z.object({
        list: z.array(z.object({ n: z.nullable(z.int().check(z.minimum(1))) })).check(z.maxLength(2)),
        side: z.enum(["a", "b"]),
        is: z.boolean(),
      }),
      update: z.object({}),
      access: "public",
      summary: "",
    });
    const shape = defineCheckedShape(route, readCheck(route.params, "kinds parameters"), { object: {} });
    expectSameOutcome(route.parseParams, shape.parseParams, route.params);
    expect(shape.parseParams({ list: [{ n: "" }], side: "a", is: true, more: 1 })).toEqual({
      list: [{ n: null }],
      side: "a",
      is: true,
    });
  });
});

describe("generation rejects", () => {
  const looped: z.ZodMiniType = z.object({
    get self() {
      return z.optional(looped);
    },
  });
  test.each<[string, unknown]>([
    ["strict object", z.strictObject({})],
    ["loose object", z.looseObject({})],
    ["catch-all object", z.catchall(z.object({}), z.string())],
    ["object that contains itself", looped],
    ["object with a member __proto__", z.object(Object.fromEntries([["__proto__", z.string()]]))],
    ["object with a symbol", z.object({ [Symbol("a")]: z.string() } as never)],
    ["record", z.record(z.string(), z.string())],
    ["tuple", z.tuple([z.string()])],
    ["map", z.map(z.string(), z.string())],
    ["set", z.set(z.string())],
    ["union", z.union([z.string(), z.int()])],
    ["xor", z.xor([z.string(), z.int()])],
    ["intersection", z.intersection(z.object({}), z.object({}))],
    [
      "discriminated union with a fallback",
      z.discriminatedUnion("s", [z.object({ s: z.literal("a") })], { unionFallback: true }),
    ],
    ["discriminated union by an optional", z.discriminatedUnion("s", [z.object({ s: z.optional(z.literal("a")) })])],
    [
      "nested discriminated union",
      z.discriminatedUnion("s", [z.discriminatedUnion("s", [z.object({ s: z.literal("a") })])]),
    ],
    [
      "discriminated union with the same value twice",
      z.discriminatedUnion("s", [z.object({ s: z.literal("a") }), z.object({ s: z.literal("a") })]),
    ],
    ["exact optional", z.exactOptional(z.string())],
    ["optional in a nullable", z.nullable(z.optional(z.string()))],
    ["default", z._default(z.string(), "x")],
    ["prefault", z.prefault(z.string(), "x")],
    ["catch", z.catch(z.string(), "x")],
    ["transform", z.transform((value) => value)],
    ["pipe", z.pipe(z.string(), z.transform(Number))],
    ["lazy", z.lazy(() => z.string())],
    ["readonly", z.readonly(z.string())],
    ["custom", z.custom(() => true)],
    ["any", z.any()],
    ["unknown", z.unknown()],
    ["never", z.never()],
    ["null", z.null()],
    ["undefined", z.undefined()],
    ["bigint", z.bigint()],
    ["date", z.date()],
    ["NaN", z.nan()],
    ["int32", z.int32()],
    ["float32", z.float32()],
    ["coerced string", z.coerce.string()],
    ["coerced number", z.coerce.number()],
    ["coerced boolean", z.coerce.boolean()],
    ["uuid", z.uuid()],
    ["template literal", z.templateLiteral(["a", z.string()])],
    ["literal undefined", z.literal(undefined)],
    ["literal bigint", z.literal(1n)],
    ["literal NaN", z.literal(Number.NaN)],
    ["literal Infinity", z.literal(Number.POSITIVE_INFINITY)],
    ["regex", z.string().check(z.regex(/a/))],
    ["trim", z.string().check(z.trim())],
    ["refine", z.string().check(z.refine(() => true))],
    ["refine of an object", z.object({}).check(z.refine(() => true))],
    ["refine of an optional", z.optional(z.string()).check(z.refine(() => true))],
    ["a function", z.string().check(() => {})],
    ["multiple of", z.number().check(z.multipleOf(2))],
    ["exact length", z.string().check(z.length(2))],
    ["a bound of Infinity", z.number().check(z.maximum(Number.POSITIVE_INFINITY))],
    ["one bound twice", z.number().check(z.minimum(1), z.minimum(2))],
    [
      "a check with a condition",
      z.string().check(new core.$ZodCheckMinLength({ check: "min_length", minimum: 1, when: () => false })),
    ],
  ])("%s", (_, schema) => {
    expect(() => readCheck(z.object({ field: schema as z.ZodMiniType }), "probe update")).toThrow(
      /^probe update\/field\S* has .*, which a check without zod cannot represent exactly: use the schema types of/,
    );
  });
});

test("error messages have the value, its path and the expected type", () => {
  const bar = { time: 1, open: 1, high: 1, low: 1, close: 1, volume: 1 };
  const { bars, orders, quotes } = checkedShapes;
  const cases: [() => unknown, string][] = [
    [() => bars.parseUpdate({ ...bar, time: 1.5 }), "Invalid bars update: /time must be a safe integer, but is 1.5"],
    [() => bars.parseUpdate({ ...bar, low: undefined }), "/low must be a finite number, but is missing"],
    [() => bars.parseUpdate({ ...bar, volume: -1 }), "/volume must be at least 0, but is -1"],
    [() => bars.parseUpdate("bar"), 'Invalid bars update: it must be an object, but is "bar"'],
    [() => orders.parseUpdate({ id: "1", symbol: "A", type: 9 }), "/type must be one of [1,2,3,4], but is 9"],
    [() => quotes.parseUpdate({ s: "no" }), '/s must be one of ["ok","error"], but is "no"'],
    [
      () => quotes.parseParams({ symbols: ["A", ""], fast_symbols: [] }),
      'Invalid quotes parameters: /symbols/1 must have a length of at least 1, but is ""',
    ],
  ];
  for (const [parse, message] of cases) expect(parse).toThrow(message);
});

test("treats a member that a proxy denies as missing", () => {
  const recorded = { time: 1, open: 1, high: 1, low: 1, close: 1, volume: 1, message: "m", status: 1, timestamp: 1 };
  const hiding = (hidden: string) => new Proxy(recorded, { has: (target, name) => name !== hidden && name in target });
  for (const { bars, brokerConnection } of [topic, checkedShapes]) {
    expect(() => bars.parseUpdate(hiding("low"))).toThrow(expect.objectContaining({ path: "/low" }));
    expect(brokerConnection.parseUpdate(hiding("message"))).toStrictEqual({ status: 1, timestamp: 1 });
  }
});

test("rejects an array that is too long before reading its items", () => {
  const symbols = new Proxy(new Array(501).fill("A"), {
    get(target, name) {
      if (name === "0") throw new Error("read");
      return target[name as never];
    },
  });
  const route = { ...checkedShapes.quotes, buildTopic: () => "" };
  const shape = defineCheckedShape(route, { object: { symbols: { array: "string", max: 500 } } }, { object: {} });
  expect(() => shape.parseParams({ symbols })).toThrow("/symbols must have a length of at most 500");
});

test("a checked shape has the types of its route", () => {
  const { bars } = checkedShapes;
  const shape: RouteShape<topic.ParamsOf<typeof topic.bars>, topic.Bar> = bars;
  expect(shape.buildTopic({ symbol: "A", resolution: "1" })).toBe('bars:{"resolution":"1","symbol":"A"}');
  expectTypeOf(bars.parseUpdate).returns.toEqualTypeOf<topic.Bar>();
  expectTypeOf(bars.parseParams).returns.toEqualTypeOf<topic.ParamsOf<typeof topic.bars>>();
});
