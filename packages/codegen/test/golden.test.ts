import { readFileSync } from "node:fs";
import type { ParamsOf, RouteShape, UpdateOf } from "@trading/topic/shapes";
import * as handWritten from "@trading/topic/shapes";
import type { Client } from "@trading/ws-client";
import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { allRoutes } from "../../ws-server/test/async-api/service.js";
import { parse } from "../src/parse.js";
import { paramsOf } from "./arbitraries.js";
import * as fastws from "./golden/fastws.generated.js";
import * as notes from "./golden/notes.generated.js";
import * as server from "./golden/server.generated.js";
import { diagnosticsOf, generated, serverDocument } from "./support.js";

// To update the golden files: vitest run --project codegen -u golden

const RECORDED = new URL("../../ws-server/test/legacy/recordings/asyncapi.json", import.meta.url);
const recorded = () => JSON.parse(readFileSync(RECORDED, "utf8")) as unknown;
const foreign = () => parse(readFileSync(new URL("fixtures/notes.yaml", import.meta.url), "utf8"));

describe("the reference server", () => {
  test("generates the golden file from AsyncAPI 2.4", async () => {
    const { text, leftOut, skipped } = await generated(serverDocument("2.4.0"));
    await expect(text).toMatchFileSnapshot("golden/server.generated.ts");
    expect([leftOut, skipped]).toEqual([[], []]);
  });

  test("generates the same routes from AsyncAPI 3, without the session messages", async () => {
    const two = await generated(serverDocument("2.4.0"));
    const three = await generated(serverDocument("3.0.0"));
    expect(three.text).toBe(two.text.replace("AsyncAPI 2.4.0", "AsyncAPI 3.0.0"));
    expect([three.operations, three.leftOut]).toEqual([["orders.place"], []]);
  });

  test.each(allRoutes.map((route) => [route.name, route] as const))(
    "generates %s as it is written by hand",
    (name, route) => {
      const shape = shapeOf(server, name);
      expect(shape).toMatchObject({ fields: route.fields, snapshot: route.snapshot, access: route.access });
      expect(shape.key).toBe(route.key);
      expect(shape.keep ?? {}).toEqual(route.keep);
      const values = fc.sample(paramsOf({ object: route.fields }), { numRuns: 100, seed: 1 });
      for (const params of values) expect(shape.buildTopic(params)).toBe(route.buildTopic(params));
    },
  );

  test("generates the types that are written by hand", () => {
    expectTypeOf<ParamsOf<typeof server.bars>>().toEqualTypeOf<ParamsOf<typeof handWritten.bars>>();
    expectTypeOf<UpdateOf<typeof server.bars>>().toEqualTypeOf<UpdateOf<typeof handWritten.bars>>();
    expectTypeOf<ParamsOf<typeof server.executions>>().toEqualTypeOf<ParamsOf<typeof handWritten.executions>>();
    expectTypeOf<UpdateOf<typeof server.quotes>>().toExtend<UpdateOf<typeof handWritten.quotes>>();
    expectTypeOf<UpdateOf<typeof handWritten.orders>["status"]>().toEqualTypeOf<
      UpdateOf<typeof server.orders>["status"]
    >();
  });

  test("generates routes that a client accepts", () => {
    const use = (client: Client) => {
      client.subscribe(server.bars, { symbol: "AAPL", resolution: "1" }, (bar) => expectTypeOf(bar.close).toBeNumber());
      // @ts-expect-error There is no such resolution.
      client.subscribe(server.bars, { symbol: "AAPL", resolution: "2" }, () => {});
    };
    expect(use).toBeTypeOf("function");
    expect(server.ordersPlace).toEqual({ name: "orders.place", access: "private" });
    expectTypeOf(server.ordersPlace["~request"]).toEqualTypeOf<server.OrdersPlaceRequest | undefined>();
    expectTypeOf(server.ordersPlace["~reply"]).toEqualTypeOf<{ orderId: string } | undefined>();
  });
});

describe("FastWS", () => {
  const options = {
    required: new Map([["executions", new Set(["/symbol"])]]),
    keys: new Map([
      ["quotes", "n"],
      ["bars", "time"],
    ]),
  };

  test("generates the golden file from the recorded document", async () => {
    const { text } = await generated(recorded(), options);
    await expect(text).toMatchFileSnapshot("golden/fastws.generated.ts");
  });

  test("builds the topics of the hand-written routes", () => {
    const params = { symbol: 'ä/"😀', resolution: "D" } as const;
    expect(fastws.bars.buildTopic(params)).toBe(handWritten.bars.buildTopic(params));
    const lists = { symbols: ["B", "A"], fast_symbols: [] };
    expect(fastws.quotes.buildTopic(lists)).toBe(handWritten.quotes.buildTopic(lists));
    const all = { accountId: "A-1", symbol: null };
    expect(fastws.executions.buildTopic(all)).toBe('executions:{"accountId":"A-1","symbol":""}');
    expectTypeOf<fastws.ExecutionsParams>().toEqualTypeOf<{ accountId: string; symbol: string | null }>();
  });

  test("refuses its optional parameter by name, or skips and lists the route", async () => {
    const at = "/components/schemas/ExecutionSubscriptionRequest/properties/symbol";
    const problem = {
      of: "executions",
      at,
      text: expect.stringContaining("executions /symbol: is optional (default null)"),
    };
    await expect(generated(recorded())).rejects.toMatchObject({ problems: [problem] });
    const { text, routes, skipped } = await generated(recorded(), { skipUnsupported: true });
    expect([routes, skipped]).toEqual([["bars", "quotes"], [problem]]);
    expect(text).not.toContain("xecution");
  });

  test("generates a route without a key as a log, and says so in its comment", async () => {
    const { text } = await generated(recorded(), { skipUnsupported: true });
    expect(text).toContain("The document has no key, so this is a log");
    expect(text).toContain("`--key bars=<member>`");
    expect(text).toContain('key: undefined,\n  snapshot: "none",');
  });
});

describe("a third-party document", () => {
  test("generates the golden file", async () => {
    const { text, leftOut } = await generated(foreign());
    await expect(text).toMatchFileSnapshot("golden/notes.generated.ts");
    expect(leftOut).toEqual(["server.hello"]);
  });

  test("builds canonical topics", () => {
    const params: notes.Notebook = {
      owner: null,
      colours: ["red", null],
      page: { size: 10, after: "x" },
      archived: false,
      sort: "newest",
    };
    const json = '{"archived":false,"colours":["red",""],"owner":"","page":{"after":"x","size":10},"sort":"newest"}';
    expect(notes.notes.buildTopic(params)).toBe(`notes:${json}`);
    expect(notes.tags.buildTopic(params)).toBe(`tags:${json}`);
  });
});

test("golden files type-check in a strict project", () => {
  const files = ["server", "fastws", "notes"].map((name) => new URL(`golden/${name}.generated.ts`, import.meta.url));
  expect(files.flatMap((file) => diagnosticsOf(readFileSync(file, "utf8")))).toEqual([]);
});

function shapeOf(module: object, name: string): RouteShape<object> {
  const shapes = Object.values(module) as readonly RouteShape<object>[];
  const found = shapes.find((shape) => shape.name === name);
  if (found === undefined) throw new Error(`There is no route ${name} among what was generated`);
  return found;
}
