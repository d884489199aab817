import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as topic from "@trading/topic";
import {
  buildTopicParams,
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
  test("are those of the origin's examples", () => {
    expect(bars.topic({ symbol: "AAPL", resolution: "1" })).toBe('bars:{"resolution":"1","symbol":"AAPL"}');
    expect(orders.topic({ accountId: "TEST-001" })).toBe('orders:{"accountId":"TEST-001"}');
    expect(executions.topic({ accountId: "TEST-001", symbol: "AAPL" })).toBe(
      'executions:{"accountId":"TEST-001","symbol":"AAPL"}',
    );
    expect(topic.brokerConnection.topic({ accountId: "TEST-001" })).toBe('broker-connection:{"accountId":"TEST-001"}');
  });

  test("drop keys outside of the schema", () => {
    const params = { symbol: "AAPL", resolution: "1", note: "x", at: new Date() } as ParamsOf<typeof bars>;
    expect(bars.topic(params)).toBe('bars:{"resolution":"1","symbol":"AAPL"}');
    expect(shapes.bars.buildTopic(params)).toBe('bars:{"resolution":"1","symbol":"AAPL"}');
    expect(bars.parseParams(params)).toEqual({ symbol: "AAPL", resolution: "1" });
  });

  test('read "" as null in a nullable field, before anything else', () => {
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

  test("read inherited members and no unknown ones", () => {
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

  test("are those of the canonical serializer, with and without zod", () => {
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

describe("refusals name the field and what it must be", () => {
  const cases: [string, unknown, { code: string; path: string }][] = [
    ["missing", { symbol: "AAPL" }, { code: "missing", path: "/resolution" }],
    ["undefined", { symbol: undefined, resolution: "1" }, { code: "missing", path: "/symbol" }],
    ["null where none is allowed", { symbol: null, resolution: "1" }, { code: "invalid_params", path: "/symbol" }],
    ["a number for a string", { symbol: 1, resolution: "1" }, { code: "invalid_params", path: "/symbol" }],
    ["outside of the enum", { symbol: "A", resolution: "7" }, { code: "invalid_params", path: "/resolution" }],
    ["half a surrogate pair", { symbol: "\ud800", resolution: "1" }, { code: "lone_surrogate", path: "/symbol" }],
    ["no object", "AAPL", { code: "invalid_params", path: "" }],
    ["nothing", undefined, { code: "missing", path: "" }],
  ];
  test.each(cases)("%s", (_, params, expected) => {
    expect(() => bars.topic(params as never)).toThrow(expect.objectContaining(expected));
    expect(() => shapes.bars.buildTopic(params as never)).toThrow(expect.objectContaining(expected));
    expect(() => bars.topic(params as never)).toThrow(expected.path === "" ? "the parameters" : expected.path);
  });

  test("a check of the schema", () => {
    expect(() => bars.topic({ symbol: "", resolution: "1" })).toThrow("/symbol must be at least 1");
    expect(() => orderbook.topic({ symbol: "A", depth: 1.5 })).toThrow("/depth must be a safe integer, but is 1.5");
    expect(() => quotes.parseParams({ symbols: ["A", 2], fast_symbols: [] })).toThrow("/symbols/1 must be a string");
  });

  test("an update", () => {
    expect(() => bars.parseUpdate({ time: 1.5 })).toThrow(TopicError);
    expect(() => bars.parseUpdate({})).toThrow("/time must be of type number");
  });

  test("what is not the same each time it is read", () => {
    let reads = 0;
    const params = {
      get symbol() {
        return reads++ === 0 ? (1 as unknown as string) : "AAPL";
      },
      resolution: "1" as const,
    };
    expect(() => shapes.bars.buildTopic(params)).toThrow(expect.objectContaining({ code: "unreadable" }));
  });

  test("an array of four thousand million holes, at the first of them", () => {
    const params = { symbols: new Array(2 ** 32 - 1), fast_symbols: [] };
    expect(() => quotes.topic(params)).toThrow(expect.objectContaining({ code: "missing", path: "/symbols/0" }));
  });

  test("a topic past the limit of the serializer", () => {
    const symbol = "x".repeat(2 ** 24);
    expect(() => shapes.bars.buildTopic({ symbol, resolution: "1" })).toThrow(
      expect.objectContaining({ code: "too_long" }),
    );
  });

  test("an array where an object must be", () => {
    expect(() => shapes.bars.buildTopic([] as never)).toThrow(
      "the parameters must be an object, but is [object Array]",
    );
  });

  test("what throws while it is read is a refusal", () => {
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
  test("are these, market data public and every account's private", () => {
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

  test("say the same without zod: a client must know which of them wait for a login", () => {
    const access = (of: Record<string, unknown>) =>
      Object.entries(of as Record<string, RouteShape>)
        .filter(([, value]) => isRoute(value))
        .map(([name, shape]) => [name, shape.access])
        .sort();
    expect(access(shapes)).toEqual(access(routes));
    expect(access(shapes)).toHaveLength(11);
  });

  test("keep and show what the protocol's table says", () => {
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
    expect(orders.keep.isFinished?.(order)).toBe(true);
    expect(orders.keep.isFinished?.({ ...order, status: 6 })).toBe(false);
    expect(orders.keep.finishedForMs).toBe(600_000);
  });

  test("take the origin's updates", () => {
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

  test("parse without making code, which many pages' CSP forbids", async () => {
    // Schemas of their own, since code would be made once, at their first use.
    vi.resetModules();
    const fresh = await import("@trading/topic");
    const made = vi.fn();
    vi.stubGlobal("Function", made);
    try {
      expect(() => fresh.bars.parseUpdate({})).toThrow("/time");
      expect(() => fresh.quotes.topic({ symbols: [""], fast_symbols: [] })).toThrow("/symbols/0");
    } finally {
      vi.unstubAllGlobals();
    }
    expect(made).not.toHaveBeenCalled();
  });

  test("infer their types", () => {
    expectTypeOf<ParamsOf<typeof bars>>().toEqualTypeOf<{
      symbol: string;
      resolution: "1" | "5" | "15" | "30" | "60" | "D" | "W" | "M";
    }>();
    expectTypeOf<UpdateOf<typeof bars>>().toEqualTypeOf<topic.Bar>();
    expectTypeOf<ParamsOf<typeof shapes.executions>>().toEqualTypeOf<{ accountId: string; symbol: string | null }>();
    expectTypeOf<UpdateOf<typeof shapes.quotes>>().toEqualTypeOf<topic.QuoteData>();
    // @ts-expect-error a resolution that is none
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
