import type { QuoteData } from "@trading/topic";
import { quotes } from "@trading/topic/shapes";
import { expect, test } from "vitest";
import { charting, tick } from "./harness.js";

const quote = (n: string, lp: number): QuoteData => ({
  s: "ok",
  n,
  v: {
    lp,
    ask: lp + 1,
    bid: lp - 1,
    spread: 2,
    open_price: lp,
    high_price: lp,
    low_price: lp,
    prev_close_price: lp,
    volume: 1,
    ch: 0,
    chp: 0,
    short_name: n,
    exchange: "X",
    description: n,
    original_name: n,
  },
});

/** Subscribes a watchlist of slow and fast symbols. */
async function watching(slow: string[], fast: string[], guid = "list", set = charting()) {
  const received: string[][] = [];
  const onRealtime = set.charts.callback("onRealtime", (data: QuoteData[]) => {
    received.push(data.map(({ n, s, v }) => `${n}:${s === "ok" ? (v as { lp: number }).lp : JSON.stringify(v)}`));
  });
  set.charts.call((datafeed) => datafeed.subscribeQuotes(slow, fast, onRealtime, guid));
  await tick();
  return { ...set, received, topics: () => set.client.inspect().topics.map(({ topic }) => topic) };
}

test("sorts symbols, removes duplicates, and removes fast symbols from the slow ones", async () => {
  const { topics } = await watching(["MSFT", "AAPL", "MSFT", "TSLA"], ["TSLA", "AMZN", "TSLA"]);

  expect(topics()).toEqual(['quotes:{"fast_symbols":["AMZN","TSLA"],"symbols":["AAPL","MSFT"]}']);
});

test("shares one topic between lists with the same symbols", async () => {
  const set = charting();
  await watching(["A", "B"], ["C"], "one", set);
  const { topics, sent } = await watching(["B", "A"], ["C", "C"], "two", set);

  expect([topics().length, sent(quotes)]).toEqual([1, ["subscribe"]]);
});

test("batches the quotes of one microtask with the latest quote of each symbol", async () => {
  const { topics, confirm, network, received, charts } = await watching(["A"], ["B"]);
  const [topic] = topics() as [string];
  confirm(quotes, topic, [quote("A", 1), quote("B", 2), quote("A", 3)]);
  await tick();
  network.socket.update(topic, quote("B", 4), 4);
  await tick();

  expect(received).toEqual([["A:3", "B:2"], ["B:4"]]);
  expect(charts.violations).toEqual([]);
});

test("passes known quotes to a list that subscribes later", async () => {
  const set = charting();
  const first = await watching(["A"], [], "one", set);
  first.confirm(quotes, first.topics()[0] as string, [quote("A", 1)]);
  const { received, charts } = await watching(["A"], [], "two", set);

  expect([received, charts.violations]).toEqual([[["A:1"]], []]);
});

test("reports a symbol without a quote and a refused list as error quotes", async () => {
  const { topics, network, subscribing, confirm, received, charts } = await watching(["A", "B"], []);
  const error = { s: "error", n: "A", v: { message: "not traded" } };
  confirm(quotes, topics()[0] as string, [error]);
  await tick();
  expect(received).toEqual([['A:{"message":"not traded"}']]);

  const refused = await watching(["C"], ["D"], "other");
  refused.network.socket.refuse(refused.subscribing(quotes), { code: "unknown_symbol", message: "no C" });
  expect(refused.received).toHaveLength(1);
  expect(refused.received[0]).toEqual([expect.stringContaining("C:"), expect.stringContaining("D:")]);
  expect(refused.received[0]?.[0]).toContain("no C");
  expect([network.socket.sent.length, subscribing(quotes)?.type, charts.violations]).toEqual([
    network.socket.sent.length,
    "quotes.subscribe",
    [],
  ]);
});

test("unsubscribes a list and drops its pending batch", async () => {
  const { topics, confirm, received, datafeed, sent, network } = await watching(["A"], []);
  const [topic] = topics() as [string];
  confirm(quotes, topic, [quote("A", 1)]);
  datafeed.unsubscribeQuotes("list");
  datafeed.unsubscribeQuotes("list");
  datafeed.unsubscribeQuotes("unknown");
  await tick();
  network.socket.update(topic, quote("A", 2), 2);

  expect([received, sent(quotes)]).toEqual([[], ["subscribe", "unsubscribe"]]);
});

test("replaces the subscription of a reused guid, and subscribes to nothing for an empty list", async () => {
  const set = charting();
  await watching(["A"], [], "list", set);
  const { topics } = await watching([], ["B"], "list", set);
  expect(topics()).toEqual(['quotes:{"fast_symbols":["B"],"symbols":[]}']);

  await watching([], [], "list", set);
  expect(topics()).toEqual([]);
});

test("loads quotes once over REST", async () => {
  const { charts, requests } = charting({ quotes: async () => [quote("A", 1)] });
  const received: unknown[] = [];
  const record = charts.callback("onData", (data: unknown) => received.push(data));
  charts.call((datafeed) => datafeed.getQuotes(["A"], record, record));
  await tick();
  expect([received, requests, charts.violations]).toEqual([[[quote("A", 1)]], [["quotes", ["A"]]], []]);

  const failing = charting();
  failing.charts.call((datafeed) => datafeed.getQuotes(["A"], record, record));
  await tick();
  expect(received.at(-1)).toBe("No route quotes in this test");
});

test("unsubscribes all lists on destroy", async () => {
  const { topics, confirm, received, datafeed } = await watching(["A"], []);
  confirm(quotes, topics()[0] as string, [quote("A", 1)]);
  datafeed.destroy();
  await tick();

  expect([received, topics()]).toEqual([[], []]);
});
