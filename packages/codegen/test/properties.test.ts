import { defineRoute, type ParamsSchema } from "@trading/topic";
import { jsonSchemaOf } from "@trading/topic/json-schema";
import type { Fields } from "@trading/topic/shapes";
import fc from "fast-check";
import { expect, test } from "vitest";
import * as z from "zod/mini";
import { fieldsOf, paramsOf, pydanticOf, zodOf } from "./arbitraries.js";
import { document2, generated, routeMessages, run } from "./support.js";

/** CODEGEN_SEED repeats a run, CODEGEN_RUNS sets the number of cases. fast-check prints the seed of a failure. */
const { CODEGEN_SEED, NEW_SEEDS, CODEGEN_RUNS = NEW_SEEDS === "true" ? "100" : "40" } = process.env;
const settings = { numRuns: Number(CODEGEN_RUNS), ...(CODEGEN_SEED && { seed: Number(CODEGEN_SEED) }) };

/** Generates the module of a document, runs it and returns its route. */
async function routeOf(document: object) {
  const { text } = await generated(document);
  const { route } = run(text).exports;
  if (route === undefined) throw new Error(`No route in:\n${text}`);
  return route;
}

function handWritten(fields: Fields) {
  const params = zodOf({ object: fields }) as z.ZodMiniType & ParamsSchema;
  return defineRoute({ name: "route", params, update: z.object({}), access: "public", summary: "A route." });
}

const cases = fieldsOf.chain((fields) =>
  fc.tuple(fc.constant(fields), fc.array(paramsOf({ object: fields }), { minLength: 3, maxLength: 3 })),
);

test("builds the same topics as the route whose schema it was generated from", async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ([fields, values]) => {
      const route = handWritten(fields);
      const schema = jsonSchemaOf(route.params as z.ZodMiniType, "#/components/schemas/params");
      const shape = await routeOf(document2(routeMessages("route", schema)));
      expect(shape.fields).toEqual(route.fields);
      for (const params of values) expect(shape.buildTopic(params)).toBe(route.buildTopic(params as never));
    }),
    settings,
  );
});

test("builds the same topics from a schema as Pydantic writes it", async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ([fields, values]) => {
      const route = handWritten(fields);
      const schemas = {};
      const params = pydanticOf({ object: fields }, schemas);
      const shape = await routeOf(document2(routeMessages("route", params), schemas));
      for (const value of values) expect(shape.buildTopic(value)).toBe(route.buildTopic(value as never));
    }),
    settings,
  );
});

test("confines all text of a document to comments, names and strings", async () => {
  const texts = fc.oneof(
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.constantFrom("*/ evil(); /*", '"; evil(); "', "`evil()`", "\\", "\n// @ts-ignore\nevil()", "\u2028evil()"),
  );
  await fc.assert(
    fc.asyncProperty(texts, texts, texts, async (text, name, value) => {
      fc.pre(name !== "__proto__");
      const update = {
        type: "object",
        title: text,
        description: text,
        tsType: "evil()",
        properties: { [name]: { description: text, tsType: "evil()", enum: [value] } },
      };
      const { "route.update": message, ...rest } = routeMessages("route", { type: "object" }, update);
      const document = document2({ ...rest, "route.update": { ...message, description: text } });
      const { text: written } = await generated({ ...document, info: { title: text, version: "1" } });
      const { names, exports } = run(written);
      expect(names).toEqual(["ImportDeclaration", "FirstStatement", "InterfaceDeclaration", "InterfaceDeclaration"]);
      expect(Object.keys(exports)).toEqual(["route"]);
    }),
    settings,
  );
});

test("does not depend on the order of messages and components", async () => {
  const messages = ["a", "b", "c-d"].flatMap((name) =>
    Object.entries(routeMessages(name, { type: "object" }, { $ref: "#/components/schemas/Bar" })),
  );
  const schemas = {
    Bar: { type: "object", properties: { close: { $ref: "#/components/schemas/Price" } } },
    Price: { type: "number" },
  };
  const straight = await generated(document2(Object.fromEntries(messages), schemas));
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(messages, { minLength: messages.length }), async (shuffled) => {
      const reversed = Object.fromEntries(Object.entries(schemas).reverse());
      expect((await generated(document2(Object.fromEntries(shuffled), reversed))).text).toBe(straight.text);
    }),
    { ...settings, numRuns: 20 },
  );
});
