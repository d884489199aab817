import ts from "typescript";
import { expect, onTestFinished, test, vi } from "vitest";
import { document2, generated } from "./support.js";

const text = { type: "string" };

/** Frames with a member `event` instead of a type, in the manner of an exchange. */
const exchange = {
  asyncapi: "3.0.0",
  info: { title: "An exchange", version: "1" },
  channels: {
    market: {
      messages: {
        subscribe: { payload: { $ref: "#/components/schemas/Subscribe" } },
        ticker: { summary: "A price.", payload: { $ref: "#/components/schemas/Ticker" } },
        heartbeat: {},
      },
    },
    account: {
      messages: { ticker: { payload: { type: "object", required: ["fee"], properties: { fee: { type: "number" } } } } },
    },
  },
  operations: {
    ask: {
      action: "receive",
      channel: { $ref: "#/channels/market" },
      messages: [{ $ref: "#/channels/market/messages/subscribe" }],
    },
    prices: {
      action: "send",
      channel: { $ref: "#/channels/market" },
      messages: [{ $ref: "#/channels/market/messages/ticker" }, { $ref: "#/channels/market/messages/heartbeat" }],
    },
    fees: { action: "send", channel: { $ref: "#/channels/account" } },
  },
  components: {
    schemas: {
      Pair: { type: "string", enum: ["BTC/USD", "ETH/USD"] },
      Subscribe: {
        type: "object",
        required: ["event", "pair"],
        properties: { event: { const: "subscribe" }, pair: { $ref: "#/components/schemas/Pair" } },
      },
      Ticker: { type: "object", properties: { pair: { $ref: "#/components/schemas/Pair" }, last: text } },
    },
  },
};

test("--types-only writes a type for each message, and what each side sends", async () => {
  const { text, types } = await generated(exchange, { typesOnly: true });
  expect(types).toEqual(["Heartbeat", "Subscribe", "Ticker", "Ticker2"]);
  expect(text).toContain('export interface Subscribe {\n  event: "subscribe";\n  pair: Pair;\n}');
  expect(text).toContain("/** A price. */\nexport interface Ticker {");
  expect(text).toContain("export interface Ticker2 {\n  fee: number;\n}");
  expect(text).toContain("export type ClientMessage =\n  | Subscribe;");
  expect(text).toContain("export type ServerMessage =\n  | Heartbeat\n  | Ticker\n  | Ticker2;");
  expect(text).toContain('export type Pair = "BTC/USD" | "ETH/USD";');
  expect(text).not.toContain("import");
  const { diagnostics = [] } = ts.transpileModule(text, { reportDiagnostics: true });
  expect(diagnostics).toEqual([]);
});

test("without --types-only such a document is refused with that hint", async () => {
  const document = document2({ "price.changed": { name: "price.changed", payload: text } });
  await expect(generated(document)).rejects.toThrow("Use --types-only for the types of its messages: price.changed.");
});

test("--types-only refuses a document without messages", async () => {
  await expect(generated({ asyncapi: "3.0.0" }, { typesOnly: true })).rejects.toThrow("it has no message");
});

test("--help needs neither yaml nor the compiler of schemas", async () => {
  vi.resetModules();
  for (const name of ["yaml", "json-schema-to-typescript"]) {
    vi.doMock(name, () => {
      throw new Error(`Cannot find package ${name}`);
    });
  }
  onTestFinished(() => {
    for (const name of ["yaml", "json-schema-to-typescript"]) vi.doUnmock(name);
    vi.resetModules();
  });
  const { main } = await import("../src/main.js");
  const printed: string[] = [];
  const print = (line: string) => void printed.push(line);
  expect(await main(["--help"], { out: print, err: print })).toBe(0);
  expect(printed.join()).toContain("--types-only");
  expect(await main(["--spec"], { out: print, err: print })).toBe(2);
});
