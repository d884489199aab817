import type { OrderBook, QuoteData, Trade } from "@trading/topic";
import { createServer } from "@trading/ws-server";
import { ManualClock, MemoryClient } from "@trading/ws-server/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { Datafeed } from "../../../src/modules/datafeed/service.js";
import { SimulatedSource } from "../../../src/modules/datafeed/sources/simulated/source.js";
import { datafeedStreams } from "../../../src/modules/datafeed/streams.js";
import { silent } from "../../helpers.js";
import { until } from "../../until.js";
import { ACME, TapeSource } from "./tape-source.js";

const START = Date.UTC(2026, 10, 25, 23, 58);

function serve(datafeed: Datafeed, clock: ManualClock) {
  const server = createServer({
    title: "Test",
    version: "1.0.0",
    modules: [datafeedStreams(datafeed, clock)],
    clock,
    logger: silent,
    lingerMs: 0,
    maxTopics: 1_000,
  });
  onTestFinished(() => server.close());
  return server;
}

function connect(server: ReturnType<typeof serve>) {
  const client = MemoryClient.connect(server, { protocol: "base" });
  const reply = async () => (await client.next()).payload as { status: string; code?: string; topic: string };
  const update = async <Update>() => ((await client.next()).payload as { payload: Update }).payload;
  return { client, reply, update };
}

test("trades begin with the next trade; the order book begins with the current one, in the requested depth", async () => {
  const clock = new ManualClock(START);
  const server = serve(new Datafeed(new SimulatedSource("1", clock)), clock);
  const { client, reply, update } = connect(server);
  client.subscribe("trades", { symbol: "AAPL" });
  expect(await reply()).toMatchObject({ status: "ok", topic: 'trades:{"symbol":"AAPL"}' });
  client.subscribe("orderbook", { symbol: "AAPL", depth: 2 });
  expect(await reply()).toMatchObject({ status: "ok", topic: 'orderbook:{"depth":2,"symbol":"AAPL"}' });
  const first = await update<OrderBook>();
  expect([first.bids.length, first.asks.length, first.time]).toEqual([2, 2, START]);
  clock.advance(1_000);
  const trade = await update<Trade>();
  expect(trade).toMatchObject({ id: `${START / 1_000 + 1}`, time: START + 1_000 });
  const book = await update<OrderBook>();
  expect(book.time).toBe(START + 1_000);
  expect(book.bids[0]!.price).toBeCloseTo(trade.price - 0.01, 8);
  client.subscribe("orderbook", { symbol: "NOPE", depth: 2 });
  expect(await reply()).toMatchObject({ status: "error", code: "unknown_symbol" });
});

test("trades end after a gap, so that clients subscribe again; bars and quotes continue", async () => {
  const clock = new ManualClock(START);
  const source = new TapeSource(["1"]);
  source.happen({ time: START, price: 10, qty: 1, side: 1 });
  source.send();
  const server = serve(new Datafeed(source), clock);
  const [trader, other] = [connect(server), connect(server)];
  trader.client.subscribe("trades", { symbol: "ACME" });
  await trader.reply();
  other.client.subscribe("quotes", { symbols: [], fast_symbols: ["ACME"] });
  await other.reply();
  expect((await other.update<QuoteData>()).v).toMatchObject({ lp: 10 });
  source.happen({ time: START + 1, price: 11, qty: 1, side: 1 });
  source.lose();
  expect((await other.update<QuoteData>()).v).toMatchObject({ lp: 11 });
  // The protocol has no message for an ended topic, so the connection is closed. The session extension has one.
  expect((await trader.client.closed).code).not.toBe(1000);
  expect(server.inspect().topics.map(({ topic }) => topic)).toEqual(['quotes:{"fast_symbols":["ACME"],"symbols":[]}']);
});

test("one failing upstream rejects the whole list, and the others are stopped", async () => {
  const clock = new ManualClock(START);
  const source = new TapeSource(["1"], [ACME, { ...ACME, symbol: "DOWN" }]);
  const history = source.history.bind(source);
  source.history = async (request) => {
    if (request.symbol === "DOWN") throw new Error("down");
    return history(request);
  };
  const datafeed = new Datafeed(source);
  const { client, reply } = connect(serve(datafeed, clock));
  client.subscribe("quotes", { symbols: ["ACME", "DOWN"], fast_symbols: [] });
  expect(await reply()).toMatchObject({ status: "error", code: "feed_lost" });
  expect([datafeed.watched, source.listeners.size]).toEqual([[], 0]);
});

test("thousands of topics that ended leave nothing behind", async () => {
  const clock = new ManualClock(START);
  const source = new TapeSource(["1"]);
  source.happen({ time: START, price: 10, qty: 1, side: 1 });
  source.send();
  const datafeed = new Datafeed(source);
  const server = serve(datafeed, clock);
  for (let round = 0; round < 40; round++) {
    const { client, reply } = connect(server);
    for (let depth = 1; depth <= 50; depth++) client.subscribe("orderbook", { symbol: "ACME", depth });
    client.subscribe("trades", { symbol: "ACME" });
    client.subscribe("quotes", { symbols: ["ACME"], fast_symbols: [] });
    for (let replies = 0; replies < 52; replies++) expect((await reply()).status).toBe("ok");
    expect(source.listeners.size).toBe(1);
    client.disconnect();
    await until(() => server.counts().topics === 0);
    expect([datafeed.watched, source.listeners.size, source.starts]).toEqual([[], 0, round + 1]);
  }
  expect(clock.pending).toBe(0);
});

describe("a list of quotes", () => {
  const names = (count: number) =>
    Array.from({ length: count }, (_, index) => String.fromCharCode(65 + (index % 26), 97 + Math.floor(index / 26)));

  test("with more than fifty unknown symbols is refused, and costs no topic and no update", async () => {
    const clock = new ManualClock(START);
    const server = serve(new Datafeed(new TapeSource(["1"])), clock);
    const { client, reply } = connect(server);
    client.subscribe("quotes", { symbols: names(500), fast_symbols: names(500) });
    expect(await reply()).toMatchObject({ status: "error", code: "too_many_unknown_symbols" });
    await until(() => server.counts().topics === 0);
    client.subscribe("quotes", { symbols: [], fast_symbols: names(51) });
    expect(await reply()).toMatchObject({
      status: "error",
      message:
        'The list has 51 symbols that are unknown or repeated, such as "Yb": remove them, at most 50 are accepted.',
    });
    client.subscribe("quotes", { symbols: [], fast_symbols: new Array(500).fill("ACME") });
    expect(await reply()).toMatchObject({ status: "error", code: "too_many_unknown_symbols" });
  });

  test("with fifty unknown symbols gets an error quote for each, and those of the known ones", async () => {
    const clock = new ManualClock(START);
    const source = new TapeSource(["1"]);
    source.happen({ time: START, price: 10, qty: 1, side: 1 });
    source.send();
    const { client, reply, update } = connect(serve(new Datafeed(source), clock));
    client.subscribe("quotes", { symbols: ["ACME", ...names(50)], fast_symbols: ["ACME"] });
    expect(await reply()).toMatchObject({ status: "ok" });
    const quotes = [];
    for (let count = 0; count < 51; count++) quotes.push(await update<QuoteData>());
    expect(quotes.filter(({ s }) => s === "error")).toHaveLength(50);
    expect(quotes.find(({ s }) => s === "ok")).toMatchObject({ n: "ACME" });
  });
});

test("watchers of the same state get the same object, so that it is encoded once", async () => {
  const clock = new ManualClock(START);
  const datafeed = new Datafeed(new SimulatedSource("1", clock));
  const seen: unknown[][] = [];
  const collect = () => {
    const values: unknown[] = [];
    seen.push(values);
    return { onValue: (value: unknown) => void values.push(value) };
  };
  for (let watcher = 0; watcher < 3; watcher++) await datafeed.watchQuotes("AAPL", collect());
  for (const depth of [5, 5, 5]) await datafeed.watchBook("AAPL", depth, collect());
  // The book has a hundred levels: deeper ones are the same book.
  for (const depth of [100, 200, 500]) await datafeed.watchBook("AAPL", depth, collect());
  clock.advance(2_000);
  for (const group of [seen.slice(0, 3), seen.slice(3, 6), seen.slice(6)]) {
    const [first = [], ...others] = group.map((values) => values.slice(-2));
    expect(first).toHaveLength(2);
    expect(first[0]).not.toBe(first[1]);
    for (const values of others) for (const [index, value] of values.entries()) expect(value).toBe(first[index]);
  }
  await datafeed.close();
});
