import * as allRoutes from "@trading/topic";
import { ContractError, defineRoute, type ParamsSchema, type RouteDefinition, TopicError } from "@trading/topic";
import { describe, expect, expectTypeOf, test } from "vitest";
import * as classic from "zod";
import * as z from "zod/mini";

function define(params: unknown) {
  return defineRoute({
    name: "probe",
    params: params as ParamsSchema,
    update: z.object({ id: z.string() }),
    access: "public",
    summary: "A probe.",
  });
}

function violations(params: unknown): string[] {
  try {
    define(params);
  } catch (error) {
    expect(error).toBeInstanceOf(ContractError);
    expect(error).toBeInstanceOf(TopicError);
    return (error as ContractError).violations.map(({ path }) => path);
  }
  throw new Error("defineRoute did not throw");
}

describe("defineRoute allows", () => {
  const recursive = z.object({
    list: z.array(z.object({ side: z.literal([1, -1]), tag: z.nullable(z.enum(["a", "b"])) })),
  });
  test.each<[string, unknown]>([
    [
      "strings with checks that do not change the value",
      z.string().check(z.minLength(1), z.regex(/^[A-Z]+$/), z.lowercase()),
    ],
    ["a predicate", z.string().check(z.refine((text) => text !== "x"))],
    ["string formats", z.uuid()],
    ["descriptions", z.string().check(z.describe("a symbol"))],
    ["int", z.int()],
    ["int with bounds", z.int().check(z.minimum(1), z.maximum(10), z.multipleOf(2))],
    ["boolean", z.boolean()],
    ["enums", z.enum({ limit: 1, market: 2 })],
    ["literals", z.literal(["1", "D"])],
    ["nullables", z.nullable(z.int())],
    ["nested objects and arrays", recursive],
    ["zod's classic schemas", classic.z.object({ symbol: classic.z.string().min(1), depth: classic.z.int() })],
  ])("%s", (_, schema) => expect(() => define(z.object({ field: schema as z.ZodMiniType }))).not.toThrow());
});

describe("defineRoute rejects", () => {
  const looped: z.ZodMiniType = z.object({
    get self() {
      return looped;
    },
  });
  test.each<[string, z.ZodMiniType]>([
    ["optional", z.optional(z.string())],
    ["nullish", z.nullish(z.string())],
    ["default", z._default(z.string(), "x")],
    ["prefault", z.prefault(z.string(), "x")],
    ["catch", z.catch(z.string(), "x")],
    [
      "pipe",
      z.pipe(
        z.string(),
        z.transform((text) => text.length),
      ),
    ],
    ["transform", z.transform((text) => text)],
    ["trim", z.string().check(z.trim())],
    ["toLowerCase", z.string().check(z.toLowerCase())],
    ["normalize", z.string().check(z.normalize())],
    ["overwrite", z.int().check(z.overwrite((n) => n + 1))],
    ["a check that gets the payload", z.string().check((payload) => void payload)],
    ["url, which trims", z.url()],
    ["coerced string", z.coerce.string()],
    ["coerced boolean", z.coerce.boolean()],
    ["number", z.number()],
    ["float32", z.float32()],
    ["bigint", z.bigint()],
    ["union", z.union([z.string(), z.int()])],
    ["null in a union", z.union([z.string(), z.null()])],
    ["tuple", z.tuple([z.string()])],
    ["record", z.record(z.string(), z.string())],
    ["strict object", z.strictObject({ a: z.string() })],
    ["loose object", z.looseObject({ a: z.string() })],
    ["catch-all object", z.catchall(z.object({}), z.string())],
    ["date", z.date()],
    ["map", z.map(z.string(), z.string())],
    ["set", z.set(z.string())],
    ["any", z.any()],
    ["unknown", z.unknown()],
    ["null", z.null()],
    ["lazy", z.lazy(() => z.string())],
    ["readonly", z.readonly(z.string())],
    ["template literal", z.templateLiteral(["a", z.string()])],
    ["a literal that is a boolean", z.literal(true)],
    ["a literal that is not a safe integer", z.literal(1.5)],
    ["an enum with a lone surrogate", z.enum(["\ud800"])],
    ["a nullable enum that contains the empty string", z.nullable(z.enum(["", "a"]))],
    ["a nullable literal of the empty string", z.nullable(z.literal(""))],
    ["nullable twice", z.nullable(z.nullable(z.string()))],
    ["an object that contains itself", looped],
  ])("%s", (_, schema) => {
    expect(violations(z.object({ good: z.string(), bad: schema }))[0]).toMatch(/^\/bad/);
  });

  test("a field named __proto__", () => {
    const shape = Object.fromEntries([["__proto__", z.string()]]);
    expect(violations(z.object(shape))).toEqual(["/__proto__"]);
  });

  test("a value that is not a schema", () => {
    expect(violations(undefined)).toEqual([""]);
    expect(violations(z.object({ "a/b": {} as z.ZodMiniType }))).toEqual(["/a~1b"]);
  });

  test("params that are not an object", () => {
    expect(violations(z.array(z.string()))).toEqual([""]);
    expect(violations(z.strictObject({}))).toEqual([""]);
  });

  test("every invalid field in one error, whose message has their paths and remedies", () => {
    const schema = z.object({
      a: z.optional(z.string()),
      b: z.array(z.object({ c: z.number(), d: z.string() })),
      e: z.date(),
    });
    expect(violations(schema)).toEqual(["/a", "/b/*/c", "/e"]);
    expect(() => define(schema)).toThrow(/probe.*\n.*\/a: .*required.*\n.*\/b\/\*\/c: .*z\.int\(\).*\n.*\/e: .*date/);
  });
});

test("rejects invalid params in TypeScript where types can show them", () => {
  const update = z.object({ id: z.string() });
  const common = { name: "typed", update, access: "public", summary: "" } as const;
  // @ts-expect-error optional
  expect(() => defineRoute({ ...common, params: z.object({ a: z.optional(z.string()) }) })).toThrow(ContractError);
  // @ts-expect-error float
  expect(() => defineRoute({ ...common, params: z.object({ a: z.number() }) })).toThrow(ContractError);
  // @ts-expect-error transform
  expect(() => defineRoute({ ...common, params: z.object({ a: z.pipe(z.string(), z.transform(Number)) }) })).toThrow();
  // @ts-expect-error union
  expect(() => defineRoute({ ...common, params: z.object({ a: z.union([z.string(), z.int()]) }) })).toThrow(
    ContractError,
  );
  // @ts-expect-error inside an array
  expect(() => defineRoute({ ...common, params: z.object({ a: z.array(z.date()) }) })).toThrow(ContractError);
  // @ts-expect-error the key is not a field of the update
  defineRoute({ ...common, params: z.object({}), key: "uuid" });

  const route = defineRoute({ ...common, params: z.object({ a: z.nullable(z.string()), n: z.int() }), key: "id" });
  expectTypeOf(route.topic).parameter(0).toEqualTypeOf<{ a: string | null; n: number }>();
  expectTypeOf(route.parseUpdate).returns.toEqualTypeOf<{ id: string }>();
});

test("the routes of this package follow the contract, although createRoute does not check them", () => {
  const routes = Object.values(allRoutes).filter((value) => typeof value === "object" && "buildTopic" in value);
  expect(routes).toHaveLength(11);
  for (const route of routes) {
    const checked = defineRoute(route as unknown as RouteDefinition<string, ParamsSchema, z.ZodMiniType>);
    expect(JSON.stringify(checked)).toBe(JSON.stringify(route));
  }
});

test("rejects a snapshot on a log route", () => {
  const definition = {
    name: "log",
    params: z.object({}),
    update: z.object({}),
    access: "public",
    summary: "",
  } as const;
  expect(() => defineRoute({ ...definition, snapshot: "all" })).toThrow(/"log".*no key/);
  expect(defineRoute(definition)).toMatchObject({ snapshot: "none", keep: { count: 1000 } });
});

test("rejects an invalid route name", () => {
  const definition = { params: z.object({}), update: z.object({}), access: "public", summary: "" } as const;
  for (const name of ["", "a:b", "a b", "é", ".a"])
    expect(() => defineRoute({ ...definition, name })).toThrow(TopicError);
});
