import { jsonSchemaOf } from "@trading/topic/json-schema";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { exampleOf } from "../../src/async-api/example.js";

describe("an example is accepted by its schema", () => {
  test.each<[string, z.ZodMiniType, unknown]>([
    ["a text", z.string(), "text"],
    ["a long text", z.string().check(z.minLength(6)), "text--"],
    ["a short text", z.string().check(z.maxLength(2)), "te"],
    ["a choice", z.enum(["a", "b"]), "a"],
    ["a literal", z.literal([-1, 1]), -1],
    ["a flag", z.boolean(), true],
    ["a number", z.number(), 1],
    ["a positive number", z.number().check(z.positive()), 1],
    ["a number above", z.number().check(z.gt(5)), 6],
    ["a number below", z.number().check(z.lt(0)), -1],
    ["an integer within bounds", z.int().check(z.minimum(10), z.maximum(20)), 10],
    ["a multiple", z.int().check(z.minimum(10), z.multipleOf(4)), 12],
    ["null or a text", z.nullable(z.string()), "text"],
    ["one of two shapes", z.union([z.object({ a: z.int() }), z.object({ b: z.int() })]), { a: 1 }],
    [
      "an intersection of two shapes",
      z.intersection(z.object({ a: z.int() }), z.object({ b: z.int() })),
      { a: 1, b: 1 },
    ],
    ["a list", z.array(z.int()), [1]],
    ["a list of three", z.array(z.int()).check(z.minLength(3)), [1, 1, 1]],
    ["a tuple", z.tuple([z.int(), z.string()]), [1, "text"]],
    ["a dictionary", z.record(z.string(), z.int()), {}],
    [
      "named members",
      z.object({ symbol: z.string(), tags: z.array(z.string()) }),
      { symbol: "symbol", tags: ["tags"] },
    ],
    ["an optional member", z.object({ id: z.string(), note: z.optional(z.string()) }), { id: "id" }],
    ["an email", z.email(), "trader@example.com"],
    ["a uuid", z.uuid(), "123e4567-e89b-42d3-a456-426614174000"],
    ["a date and time", z.iso.datetime(), "2023-10-12T08:00:00Z"],
    ["anything", z.unknown(), null],
    ["its own first example", z.string().check(z.meta({ examples: ["AAPL", "MSFT"] })), "AAPL"],
  ])("%s", (_, schema, expected) => {
    const example = exampleOf(jsonSchemaOf(schema, "#"));
    expect(example).toEqual(expected);
    expect(z.safeParse(schema, example).success).toBe(true);
  });
});

test("a schema omits its dialect and the bounds of safe integers", () => {
  expect(jsonSchemaOf(z.object({ n: z.int(), m: z.int().check(z.minimum(3)) }), "#")).toEqual({
    type: "object",
    properties: { n: { type: "integer" }, m: { type: "integer", minimum: 3 } },
    required: ["n", "m"],
  });
});
