import { describe, expect, test } from "vitest";
import { CodegenError } from "../src/problem.js";
import { document2, frame, generated, objectOf, routeMessages } from "./support.js";

const text = { type: "string" };
const good = routeMessages("bars", objectOf({ symbol: text }));

/** Returns the problems of a document, one a line. */
async function problemsOf(document: unknown, options: Parameters<typeof generated>[1] = {}): Promise<string> {
  const error = await generated(document, options).then(
    ({ text }) => expect.fail(`This was generated:\n${text}`),
    (error: unknown) => error,
  );
  if (!(error instanceof CodegenError)) throw error;
  return error.message;
}

describe("reports parameters that break the contract with route, field and place", () => {
  const schemas = {
    Loop: objectOf({ next: { $ref: "#/components/schemas/Loop" } }),
    Circle: { $ref: "#/components/schemas/Circle2" },
    Circle2: { $ref: "#/components/schemas/Circle" },
  };
  test.each([
    ["optional", { ...objectOf({ x: text }), required: [] }, "/x: is optional"],
    ["optional within", objectOf({ x: { type: "object", properties: { y: text } } }), "/x/y: is optional"],
    ["a default", objectOf({ x: { type: "string", default: "1" } }), '/x: has a default (default "1")'],
    ["a float", objectOf({ x: { type: "number" } }), "/x: is a float"],
    ["floats", objectOf({ x: { type: "array", items: { type: "number" } } }), "/x/*: is a float"],
    ["a float or null", objectOf({ x: { anyOf: [{ type: "number" }, { type: "null" }] } }), "/x: is a float"],
    ["a union", objectOf({ x: { anyOf: [text, { type: "integer" }] } }), "/x: is a union"],
    ["a union and null", objectOf({ x: { oneOf: [text, { type: "integer" }, { type: "null" }] } }), "/x: is a union"],
    ["two types", objectOf({ x: { type: ["string", "integer"] } }), "/x: is a union of string and integer"],
    ["an intersection", objectOf({ x: { allOf: [text, { minLength: 1 }] } }), "/x: has allOf"],
    ["a tuple", objectOf({ x: { type: "array", items: [text] } }), "/x: is a tuple"],
    ["a tuple of 2020", objectOf({ x: { type: "array", prefixItems: [text] } }), "/x: is a tuple"],
    ["an array of anything", objectOf({ x: { type: "array" } }), "/x/*: has no type"],
    ["a record", objectOf({ x: { type: "object", additionalProperties: text } }), "/x: allows additional properties"],
    ["an open object", { ...objectOf({}), additionalProperties: true }, "(parameters): allows additional properties"],
    ["patterns", objectOf({ x: { type: "object", patternProperties: { a: text } } }), "/x: has patternProperties"],
    ["anything", objectOf({ x: {} }), "/x: has no type"],
    ["a schema that is true", objectOf({ x: true }), "/x: has no type"],
    ["no type of JSON Schema", objectOf({ x: { type: "decimal" } }), '/x: has the type "decimal"'],
    ["only null", objectOf({ x: { type: "null" } }), "/x: has no type"],
    ["an enum of floats", objectOf({ x: { enum: [1, 1.5] } }), "/x: allows 1.5"],
    ["an enum of booleans", objectOf({ x: { const: true } }), "/x: allows true"],
    ["an enum of large integers", objectOf({ x: { enum: [2 ** 53] } }), "/x: allows 9007199254740992"],
    ["half a surrogate pair", objectOf({ x: { enum: ["\ud800"] } }), '/x: allows "\\ud800"'],
    ["an empty enum", objectOf({ x: { enum: [] } }), "/x: allows no value"],
    ["empty and null", objectOf({ x: { enum: ["", null] } }), '/x: allows both "" and null'],
    ["contains itself", objectOf({ x: { $ref: "#/components/schemas/Loop" } }), "/x/next: contains itself"],
    ["a circle", objectOf({ x: { $ref: "#/components/schemas/Circle" } }), "refers to itself"],
    ["not described", { type: "object", required: ["x"], properties: {} }, "/x: is required but not described"],
    ["no object", { type: "array", items: text }, "(parameters): must be an object"],
    ["no object but null", { anyOf: [objectOf({}), text] }, "(parameters): is a union"],
    [
      "a prototype",
      JSON.parse('{"type":"object","required":["__proto__"],"properties":{"__proto__":{"type":"string"}}}'),
      "/__proto__: is not allowed as a field name",
    ],
    [
      "of another document",
      objectOf({ x: { $ref: "other.json#/Symbol" } }),
      '"other.json#/Symbol" refers to another document',
    ],
    [
      "of a host",
      { $ref: "https://example.com/params.json" },
      '"https://example.com/params.json" refers to another document',
    ],
    ["nowhere", objectOf({ x: { $ref: "#/components/schemas/None" } }), 'has no target: there is no "None"'],
    ["an inherited name", objectOf({ x: { $ref: "#/components/schemas/constructor" } }), 'there is no "constructor"'],
    ["no pointer", objectOf({ x: { $ref: "#Symbol" } }), '"#Symbol" is not a JSON Pointer'],
    ["a broken escape", objectOf({ x: { $ref: "#/%zz" } }), '"#/%zz" is not a JSON Pointer'],
  ])("%s", async (_, params, message) => {
    const document = document2({ ...good, ...routeMessages("off", params) }, schemas);
    const problems = await problemsOf(document);
    expect(problems).toContain(message);
    expect(problems).toMatch(/^off\b/);
    expect(problems).toMatch(/\n {4}at #\/components\/(messages\/off\.subscribe|schemas\/)/);
    const { routes, skipped } = await generated(document, { skipUnsupported: true });
    expect(routes).toEqual(["bars"]);
    expect(skipped.map(({ of }) => of)).toContain("off");
  });

  test("reports every problem of every route", async () => {
    const params = { type: "object", properties: { a: { type: "number" }, b: { ...text, default: "" } } };
    const problems = await problemsOf(document2({ ...routeMessages("one", params), ...routeMessages("two", params) }));
    for (const route of ["one", "two"]) {
      expect(problems).toContain(`${route} /a: is optional`);
      expect(problems).toContain(`${route} /a: is a float`);
      expect(problems).toContain(`${route} /b: is optional (default ""), which makes two topics`);
    }
  });
});

describe("explains why a document cannot be read", () => {
  const at = (channels: object) => ({ asyncapi: "2.4.0", info: {}, channels });
  test.each([
    ["nothing", undefined, "expected an object"],
    ["a list", [], "expected an object"],
    ["an empty object", {}, "has no `asyncapi` version"],
    ["OpenAPI", { openapi: "3.1.0" }, "it is an openapi document"],
    ["version 1", { asyncapi: "1.2.0" }, 'has the version "1.2.0"'],
    ["a version that is a number", { asyncapi: 2.4 }, "has the version 2.4"],
    ["no channels", { asyncapi: "2.4.0" }, "Nothing can be generated from this document"],
    ["a channel that is none", at({ "/": 1 }), 'Channel "/" must be an object, but is 1'],
    ["a message elsewhere", at({ "/": { publish: { message: { $ref: "m.json" } } } }), "refers to another document"],
    ["a message without a name", at({ "/": { publish: { message: {} } } }), "A message has no name"],
    [
      "Avro",
      at({ "/": { publish: { message: { name: "x", schemaFormat: "application/vnd.apache.avro;version=1.9.0" } } } }),
      "expected JSON Schema",
    ],
    [
      "no action",
      { asyncapi: "3.0.0", operations: { a: { action: "publish" } } },
      'expected "send" or "receive", got "publish"',
    ],
    ["only an event", document2({ "news.update": frame("news.update", text) }), "Nothing can be generated"],
  ])("%s", async (_, document, message) => {
    expect(await problemsOf(document)).toContain(message);
    expect(await problemsOf(document, { skipUnsupported: true })).toContain(message);
  });

  test("reports a document that is nested too deeply", async () => {
    let schema: object = text;
    for (let depth = 0; depth < 20_000; depth++) schema = { type: "array", items: schema };
    expect(await problemsOf(document2(routeMessages("deep", objectOf({ x: schema }))))).toContain("nested too deeply");
  });
});

describe("refuses routes and operations that a client cannot use", () => {
  const ask = (reply: object) => document2({ ...good, ask: { ...frame("ask", text), "x-response": reply } });
  const update = { ...good["bars.update"] };
  test.each([
    [
      "no update",
      document2({ "bars.subscribe": good["bars.subscribe"] }),
      "bars: has a message bars.subscribe but no bars.update",
    ],
    [
      "no topic",
      document2({ ...good, "bars.update": frame("bars.update", objectOf({})) }),
      "bars: update has no { topic, payload }",
    ],
    [
      "no payload",
      document2({ ...good, "bars.subscribe": { name: "bars.subscribe" } }),
      "bars: subscribe has no payload",
    ],
    ["a name off the contract", document2(routeMessages("a b", objectOf({}))), "a b: is not a valid route name"],
    [
      "a client's document",
      {
        ...document2({}),
        channels: { "/": { subscribe: { message: good["bars.subscribe"] }, publish: { message: update } } },
      },
      "this document describes the client",
    ],
    [
      "a key that no update has",
      document2({ ...good, "bars.update": { ...update, "x-key": "time" } }),
      'bars: x-key is "time", but not every update has that member',
    ],
    [
      "a key of some updates",
      document2({ ...routeMessages("bars", objectOf({}), { oneOf: [objectOf({ n: text }), objectOf({})] }) }),
      'bars: --key is "n", but',
    ],
    [
      "an unknown snapshot",
      document2({ ...good, "bars.update": { ...update, "x-snapshot": "some" } }),
      'bars: x-snapshot is "some"',
    ],
    [
      "a snapshot of a log",
      document2({ ...good, "bars.update": { ...update, "x-snapshot": "all" } }),
      "without an x-key: a route without a key is a log and has no snapshot",
    ],
    [
      "an unexpected reply",
      ask(frame("answer", text)),
      'ask: has the reply "answer": the client expects "ask.response"',
    ],
    ["a reply elsewhere", ask(frame("ask.response", { $ref: "x.json" })), 'ask: "x.json" refers to another document'],
    [
      "one name twice",
      {
        ...document2({}),
        channels: { a: { publish: { message: frame("x", text) } }, b: { publish: { message: frame("x", {}) } } },
      },
      '"x" is defined twice',
    ],
  ])("%s", async (name, document, message) => {
    const keys = new Map(name === "a key of some updates" ? [["bars", "n"]] : []);
    expect(await problemsOf(document, { keys })).toContain(message);
  });

  test.each([
    ["forever"],
    [{ count: -1 }],
    [{ finished: { field: "status" } }],
    [{ finishedForMs: "10 min" }],
    [{ isFinished: true }],
  ])("the retention %j", async (keep) => {
    const document = document2({ ...good, "bars.update": { ...update, "x-keep": keep } });
    expect(await problemsOf(document)).toContain(
      `bars: x-keep is ${JSON.stringify(keep)}: write it as { "count": 100,`,
    );
  });

  test("refuses an update that refers to another document, although only its type needs it", async () => {
    const document = document2(
      routeMessages("bars", objectOf({}), objectOf({ price: { $ref: "https://example.com/x" } })),
    );
    expect(await problemsOf(document)).toContain("https://example.com/x");
  });

  test("reports options that name unknown routes and fields", async () => {
    expect(await problemsOf(document2(good), { keys: new Map([["quotes", "n"]]) })).toContain(
      '--key names "quotes"; the document has the routes bars.',
    );
    const required = (route: string, path: string) => new Map([[route, new Set([path])]]);
    expect(await problemsOf(document2(good), { required: required("trades", "/x") })).toContain(
      '--require names "trades"',
    );
    expect(await problemsOf(document2(good), { required: required("bars", "/x") })).toContain(
      "bars /x: is named by --require",
    );
  });
});

test("lists messages that are neither part of a route nor a request", async () => {
  const document = document2({ ...good, hello: frame("hello", {}), "news.update": frame("news.update", {}) });
  expect((await generated(document)).leftOut).toEqual(["hello", "news.update"]);
});

test("accepts a key that every alternative has, and one for the whole topic", async () => {
  const update = { oneOf: [objectOf({ n: text }), { allOf: [objectOf({ n: text }), objectOf({ v: text })] }] };
  const document = document2(routeMessages("quotes", objectOf({}), update));
  for (const key of ["n", "*"]) {
    const { text: written } = await generated(document, { keys: new Map([["quotes", key]]) });
    expect(written).toContain(`key: "${key}",\n  snapshot: "all",`);
    expect(written).toContain("(from `--key`)");
  }
});
