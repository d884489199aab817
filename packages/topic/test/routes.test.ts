import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as topic from "@trading/topic";
import {
  buildTopicParams,
  isFinished,
  type ParamsOf,
  type Route,
  type RouteShape,
  TopicError,
  type UpdateOf,
} from "@trading/topic";
import * as shapes from "@trading/topic/shapes";
import fc from "fast-check";
import { describe, expect, expectTypeOf, test, vi } from "vitest";
import * as z from "zod/mini";
import { renderCheckedShapes } from "../scripts/render-checked-shapes.mjs";
import { renderShapes } from "../scripts/render-shapes.mjs";
import { text } from "./helpers/arbitraries.js";
import { randomRuns } from "./helpers/seed.js";

const { bars, quotes, executions, orders, orderbook } = topic;

const routes: Record<string, Route> = Object.fromEntries(
  Object.entries(topic as Record<string, unknown>).filter(([, value]) => isRoute(value)),
) as Record<string, Route>;

function isRoute(value: unknown): boolean {
  return typeof value === "object" && value !== null && "buildTopic" in value;
}

describe("topics", () => {
  test("match the examples of the legacy system", () => {
    expect(bars.topic({ symbol: "AAPL", resolution: "1" })).toBe('bars:{"resolution":"1","symbol":"AAPL"}');
    expect(orders.topic({ accountId: "TEST-001" })).toBe('orders:{"accountId":"TEST-001"}');
    expect(executions.topic({ accountId: "TEST-001", symbol: "AAPL" })).toBe(
      'executions:{"accountId":"TEST-001","symbol":"AAPL"}',
    );
    expect(topic.brokerConnection.topic({ accountId: "TEST-001" })).toBe('broker-connection:{"accountId":"TEST-001"}');
  });

  test("omit keys that the schema does not have", () => {
    const params = { symbol: "AAPL", resolution: "1", note: "x", at: new Date() } as ParamsOf<typeof bars>;
    expect(bars.topic(params)).toBe('bars:{"resolution":"1","symbol":"AAPL"}');
    expect(shapes.bars.buildTopic(params)).toBe('bars:{"resolution":"1","symbol":"AAPL"}');
    expect(bars.parseParams(params)).toEqual({ symbol: "AAPL", resolution: "1" });
  });

  test('treat "" in a nullable field as null', () => {
    expect(executions.parseParams({ accountId: "A", symbol: "" })).toEqual({ accountId: "A", symbol: null });
    expect(executions.topic({ accountId: "A", symbol: "" })).toBe('executions:{"accountId":"A","symbol":""}');
    expect(executions.topic({ accountId: "A", symbol: null })).toBe('executions:{"accountId":"A","symbol":""}');
    const nested = topic.defineRoute({
      name: "nested",
      params: z.object({
        list: z.array(z.object({ n: z.nullable(z.int()) })),
        o: z.object({ b: z.nullable(z.boolean()) }),
      }),
      update: z.object({}),
      access: "public",
      summary: "",
    });
    expect(nested.parseParams({ list: [{ n: "" }, { n: 3 }], o: { b: "" } })).toEqual({
      list: [{ n: null }, { n: 3 }],
      o: { b: null },
    });
  });

  test("include inherited properties, and unknown ones are never read", () => {
    const params = Object.assign(Object.create({ accountId: "A" }), {
      symbol: "",
    });
    Object.defineProperty(params, "note", {
      enumerable: true,
      get() {
        throw new Error("read");
      },
    });
    expect(executions.topic(params)).toBe('executions:{"accountId":"A","symbol":""}');
  });

  test("keep the order of arrays", () => {
    expect(quotes.topic({ symbols: ["B", "A"], fast_symbols: [] })).toBe(
      'quotes:{"fast_symbols":[],"symbols":["B","A"]}',
    );
  });

  test("have the bytes of the canonical serializer, with and without zod", () => {
    const any = topic.defineRoute({
      name: "any",
      params: z.object({
        "\u{1f600}": z.string(),
        "\uffee": z.nullable(z.string()),
        "a b": z.array(z.int()),
        toString: z.boolean(),
        inner: z.object({ z: z.enum(["x", "\u00e9"]), a: z.literal([1, "1"]) }),
      }),
      update: z.object({}),
      access: "public",
      summary: "",
    });
    const wellFormed = text.filter((value) => !/\p{Surrogate}/u.test(value));
    const params = fc.record({
      "\u{1f600}": wellFormed,
      "\uffee": fc.option(wellFormed),
      "a b": fc.array(fc.maxSafeInteger()),
      toString: fc.boolean(),
      inner: fc.record({
        z: fc.constantFrom("x" as const, "\u00e9" as const),
        a: fc.constantFrom(1 as const, "1" as const),
      }),
    });
    fc.assert(
      fc.property(params, (value) => {
        const expected = `any:${buildTopicParams(value)}`;
        expect(any.topic(value)).toBe(expected);
        expect(any.buildTopic(value)).toBe(expected);
      }),
      randomRuns(1000),
    );
  });
});

describe("errors name the field and the expected type, for", () => {
  const cases: [string, unknown, { code: string; path: string }][] = [
    ["a missing field", { symbol: "AAPL" }, { code: "missing", path: "/resolution" }],
    ["an undefined field", { symbol: undefined, resolution: "1" }, { code: "missing", path: "/symbol" }],
    [
      "null in a field that is not nullable",
      { symbol: null, resolution: "1" },
      { code: "invalid_params", path: "/symbol" },
    ],
    ["a number instead of a string", { symbol: 1, resolution: "1" }, { code: "invalid_params", path: "/symbol" }],
    ["a value outside of the enum", { symbol: "A", resolution: "7" }, { code: "invalid_params", path: "/resolution" }],
    ["a lone surrogate", { symbol: "\ud800", resolution: "1" }, { code: "lone_surrogate", path: "/symbol" }],
    ["params that are not an object", "AAPL", { code: "invalid_params", path: "" }],
    ["missing params", undefined, { code: "missing", path: "" }],
  ];
  test.each(cases)("%s", (_, params, expected) => {
    expect(() => bars.topic(params as never)).toThrow(expect.objectContaining(expected));
    expect(() => shapes.bars.buildTopic(params as never)).toThrow(expect.objectContaining(expected));
    expect(() => bars.topic(params as never)).toThrow(expected.path === "" ? "the parameters" : expected.path);
  });

  test("a failed check of the schema", () => {
    expect(() => bars.topic({ symbol: "", resolution: "1" })).toThrow("/symbol must be at least 1");
    expect(() => orderbook.topic({ symbol: "A", depth: 1.5 })).toThrow("/depth must be a safe integer, but is 1.5");
    expect(() => quotes.parseParams({ symbols: ["A", 2], fast_symbols: [] })).toThrow("/symbols/1 must be a string");
  });

  test("an invalid update", () => {
    expect(() => bars.parseUpdate({ time: 1.5 })).toThrow(TopicError);
    expect(() => bars.parseUpdate({})).toThrow("/time must be of type number");
  });

  test("a value that changes between reads", () => {
    let reads = 0;
    const params = {
      get symbol() {
        return reads++ === 0 ? (1 as unknown as string) : "AAPL";
      },
      resolution: "1" as const,
    };
    expect(() => shapes.bars.buildTopic(params)).toThrow(expect.objectContaining({ code: "unreadable" }));
  });

  test("an array of four billion holes, at the first hole", () => {
    const params = { symbols: new Array(2 ** 32 - 1), fast_symbols: [] };
    expect(() => quotes.topic(params)).toThrow(expect.objectContaining({ code: "missing", path: "/symbols/0" }));
  });

  test("a topic beyond the length limit", () => {
    const symbol = "x".repeat(2 ** 24);
    expect(() => shapes.bars.buildTopic({ symbol, resolution: "1" })).toThrow(
      expect.objectContaining({ code: "too_long" }),
    );
  });

  test("an array instead of an object", () => {
    expect(() => shapes.bars.buildTopic([] as never)).toThrow(
      "the parameters must be an object, but is [object Array]",
    );
  });

  test("a value that throws while it is read", () => {
    const params = {
      get symbol(): string {
        throw new Error("read");
      },
      resolution: "1" as const,
    };
    expect(() => shapes.bars.buildTopic(params)).toThrow(
      expect.objectContaining({ name: "TopicError", code: "unreadable" }),
    );
    expect(() => bars.topic(params)).toThrow(expect.objectContaining({ name: "TopicError", code: "unreadable" }));
  });
});

describe("the routes of the protocol", () => {
  test("are public for market data and private for accounts", () => {
    const access = Object.values(routes).map((route) => [
      route.name,
      route.access,
      Object.keys(route.fields).sort().join(),
    ]);
    expect(Object.fromEntries(access.map(([name, ...rest]) => [name, rest]))).toEqual({
      bars: ["public", "resolution,symbol"],
      quotes: ["public", "fast_symbols,symbols"],
      trades: ["public", "symbol"],
      orderbook: ["public", "depth,symbol"],
      orders: ["private", "accountId"],
      positions: ["private", "accountId"],
      executions: ["private", "accountId,symbol"],
      equity: ["private", "accountId"],
      "broker-connection": ["private", "accountId"],
      account: ["private", "accountId"],
      notifications: ["private", "accountId"],
    });
  });

  test("have the same access without zod, because clients wait for a login on private routes", () => {
    const access = (of: Record<string, unknown>) =>
      Object.entries(of as Record<string, RouteShape>)
        .filter(([, value]) => isRoute(value))
        .map(([name, shape]) => [name, shape.access])
        .sort();
    expect(access(shapes)).toEqual(access(routes));
    expect(access(shapes)).toHaveLength(11);
  });

  test("have the retention and snapshots of the table in PROTOCOL.md", () => {
    const table = Object.values(routes).map(({ name, key, snapshot, keep }) => [name, [key, snapshot, keep.count]]);
    expect(Object.fromEntries(table)).toEqual({
      bars: ["time", "current", 100],
      quotes: ["n", "all", undefined],
      orders: ["id", "all", undefined],
      positions: ["id", "all", undefined],
      orderbook: ["*", "all", undefined],
      equity: ["*", "all", undefined],
      "broker-connection": ["*", "all", undefined],
      account: ["*", "all", undefined],
      executions: [undefined, "none", 1000],
      trades: [undefined, "none", 1000],
      notifications: [undefined, "none", 1000],
    });
    const order = orders.parseUpdate({ id: "1", symbol: "A", type: 2, side: 1, qty: 1, status: 2 });
    expect(isFinished(orders, order)).toBe(true);
    expect(isFinished(orders, { ...order, status: 6 })).toBe(false);
    expect(orders.keep.finishedForMs).toBe(600_000);
  });

  test("parse the updates of the legacy system", () => {
    const bar = { time: 1697097600000, open: 150, high: 151, low: 149.5, close: 150.5, volume: 1000000 };
    expect(bars.parseUpdate(bar)).toEqual(bar);
    expect(() => bars.parseUpdate({ ...bar, volume: 1.5 })).toThrow("/volume");
    const unknown = { s: "error", n: "NOPE", v: { message: "There is no such symbol" } };
    expect(quotes.parseUpdate(unknown)).toEqual(unknown);
    expect(() => quotes.parseUpdate({ ...unknown, s: "ok" })).toThrow("/v/lp");
    const position = { id: "p", symbol: "AAPL", qty: 0, side: -1, avgPrice: 0 };
    expect(topic.positions.parseUpdate(position)).toEqual(position);
    expect(() => orders.parseUpdate({ id: "1", symbol: "A", type: 2, side: 0, qty: 1, status: 2 })).toThrow("/side");
    expect(() => orders.parseUpdate({ id: "1", symbol: "A", type: 2, side: 1, qty: 0, status: 2 })).toThrow("/qty");
  });

  test("parse without evaluating code, which the CSP of many pages forbids", async () => {
    // Imports new schemas, because zod evaluates code only once, at the first use of a schema.
    vi.resetModules();
    const fresh = await import("@trading/topic");
    const evaluate = vi.fn();
    vi.stubGlobal("Function", evaluate);
    try {
      expect(() => fresh.bars.parseUpdate({})).toThrow("/time");
      expect(() => fresh.quotes.topic({ symbols: [""], fast_symbols: [] })).toThrow("/symbols/0");
    } finally {
      vi.unstubAllGlobals();
    }
    expect(evaluate).not.toHaveBeenCalled();
  });

  test("have inferred types", () => {
    expectTypeOf<ParamsOf<typeof bars>>().toEqualTypeOf<{
      symbol: string;
      resolution: "1" | "5" | "15" | "30" | "60" | "D" | "W" | "M";
    }>();
    expectTypeOf<UpdateOf<typeof bars>>().toEqualTypeOf<topic.Bar>();
    expectTypeOf<ParamsOf<typeof shapes.executions>>().toEqualTypeOf<{ accountId: string; symbol: string | null }>();
    expectTypeOf<UpdateOf<typeof shapes.quotes>>().toEqualTypeOf<topic.QuoteData>();
    // @ts-expect-error not a resolution
    expect(() => bars.topic({ symbol: "A", resolution: "2" })).toThrow(TopicError);
  });
});

test.each([
  ["shapes", renderShapes],
  ["checked-shapes", renderCheckedShapes],
])("src/%s.ts is generated from the routes", (name, render) => {
  const file = fileURLToPath(new URL(`../src/${name}.ts`, import.meta.url));
  const biome = fileURLToPath(new URL("../../../node_modules/.bin/biome", import.meta.url));
  const rendered = execFileSync(biome, ["check", "--write", `--stdin-file-path=${file}`], {
    input: render(routes),
    encoding: "utf8",
  });
  expect(readFileSync(file, "utf8"), "run `npm run generate`").toBe(rendered);
});
