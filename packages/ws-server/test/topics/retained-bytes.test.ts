import { type QuoteData, quotes } from "@trading/topic";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createServer, defineModule, jsonCodec, serve } from "../../src/index.js";
import { RecordingLogger } from "../../src/testing/index.js";
import { until } from "../helpers/event-loop.js";
import { NetworkClient } from "../helpers/network-client.js";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const symbolsOf = (list: number) =>
  Array.from({ length: 1_000 }, (_, index) => {
    const number = list * 1_000 + index;
    return [number / 1_296, number / 36, number].map((part) => LETTERS[Math.floor(part) % 36]).join("");
  });
/** The parameters of a list of a thousand symbols. */
const listOf = (list: number) => ({ symbols: symbolsOf(list).slice(500), fast_symbols: symbolsOf(list).slice(0, 500) });
const quoteOf = (symbol: string): QuoteData => ({ s: "error", n: symbol, v: {} });

/** A server whose source publishes one quote per symbol at the start. */
async function startQuotes(options: object = {}) {
  const modules = [
    defineModule({
      name: "datafeed",
      version: "1",
      routes: [
        serve(quotes, {
          createTopic: (_topic, { symbols, fast_symbols }, publish) => {
            for (const symbol of [...symbols, ...fast_symbols]) publish(quoteOf(symbol));
          },
        }),
      ],
    }),
  ];
  const logger = new RecordingLogger();
  const server = createServer({
    title: "Test",
    version: "1",
    modules,
    logger,
    lingerMs: 0,
    maxListItems: 0,
    ...options,
  });
  onTestFinished(() => server.close());
  const { url } = await server.listen();
  return { server, url, logger };
}

describe("the memory of retained updates", () => {
  test("is at most 100 bytes for each byte of the request, for a list of a thousand symbols", async () => {
    const { server, url } = await startQuotes();
    const client = await NetworkClient.connect(url);
    let requested = 0;
    for (let list = 0; list < 20; list++) {
      const payload = listOf(list);
      requested += JSON.stringify({ type: "quotes.subscribe", payload }).length;
      client.subscribe("quotes", payload);
    }
    await until(() => server.inspect().topics.filter(({ kept }) => kept === 1_000).length === 20);
    const { retainedBytes } = server.stats();
    expect(retainedBytes / requested).toBeLessThan(100);
    expect(retainedBytes).toBe(server.inspect().topics.reduce((sum, { keptBytes }) => sum + keptBytes, 0));
    client.socket.terminate();
    await until(() => server.counts().topics === 0);
    expect(server.stats().retainedBytes).toBe(0);
  });

  test("does not repeat a long topic, and what a client reads is unchanged", () => {
    const topic = `quotes:${"x".repeat(16_000)}`;
    const encoder = jsonCodec.updates("quotes", topic);
    const frames = Array.from({ length: 1_000 }, (_, index) =>
      encoder.frame(index + 1, encoder.body(quoteOf(`S${index}é`))),
    );
    expect(frames.reduce((sum, { retainedBytes }) => sum + retainedBytes, 0)).toBeLessThan(100_000);
    for (const [index, frame] of frames.entries()) {
      expect(frame.wire.length).toBe(frame.bytes);
      const { type, payload } = JSON.parse(frame.payload.toString());
      expect({ type, payload }).toEqual({
        type: "quotes.update",
        payload: { topic, offset: index + 1, payload: quoteOf(`S${index}é`) },
      });
    }
    expect(frames.every(({ retainedBytes }) => retainedBytes < 200)).toBe(true);
  });

  test("of a topic is limited by maxRetainedBytesPerTopic", async () => {
    const { server, url } = await startQuotes({ maxRetainedBytesPerTopic: 50_000 });
    const client = await NetworkClient.connect(url);
    client.subscribe("quotes", listOf(0));
    await until(() => server.inspect().topics[0]?.offset === 1_000);
    expect(server.stats().retainedBytes).toBeLessThanOrEqual(50_000);
    expect(server.inspect().topics[0]?.floor).toBeGreaterThan(800);
    client.socket.terminate();
  });
});

test("a frozen update is parsed and encoded once for all topics that publish it", async () => {
  const shared = Object.freeze(quoteOf("A"));
  const publishers: ((update: QuoteData) => boolean)[] = [];
  const parse = vi.fn(quotes.parseUpdate);
  const route = { ...quotes, parseUpdate: parse };
  const modules = [
    defineModule({
      name: "datafeed",
      version: "1",
      routes: [serve(route, { createTopic: (_topic, _params, publish) => void publishers.push(publish) })],
    }),
  ];
  const server = createServer({ title: "Test", version: "1", modules, logger: new RecordingLogger(), lingerMs: 0 });
  onTestFinished(() => server.close());
  const { url } = await server.listen();
  const client = await NetworkClient.connect(url);
  for (let list = 0; list < 100; list++) client.subscribe("quotes", { symbols: ["A", `B${list}`], fast_symbols: [] });
  await until(() => publishers.length === 100);
  const stringify = vi.spyOn(JSON, "stringify");
  onTestFinished(() => stringify.mockRestore());
  for (const publish of publishers) expect(publish(shared)).toBe(true);
  expect(parse).toHaveBeenCalledTimes(1);
  expect(stringify.mock.calls.filter(([value]) => (value as QuoteData | undefined)?.n === "A")).toHaveLength(1);
  // An update that is not frozen can change between two publishes.
  const mutable = { s: "error" as const, n: "A", v: {} };
  for (const publish of publishers) expect(publish(mutable)).toBe(true);
  expect(parse).toHaveBeenCalledTimes(101);
  client.socket.terminate();
});
