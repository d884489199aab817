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

/** A watchlist of slow and fast symbols. */
async function watching(slow: string[], fast: string[], guid = "list", set = charting()) {
  const told: string[][] = [];
  const onRealtime = set.charts.callback("onRealtime", (data: QuoteData[]) => {
    told.push(data.map(({ n, s, v }) => `${n}:${s === "ok" ? (v as { lp: number }).lp : JSON.stringify(v)}`));
  });
  set.charts.call((datafeed) => datafeed.subscribeQuotes(slow, fast, onRealtime, guid));
  await tick();
  return { ...set, told, topics: () => set.client.inspect().topics.map(({ topic }) => topic) };
}

test("lists are sets: sorted, without repetition, and a fast symbol is not slow as well", async () => {
  const { topics } = await watching(["MSFT", "AAPL", "MSFT", "TSLA"], ["TSLA", "AMZN", "TSLA"]);

  expect(topics()).toEqual(['quotes:{"fast_symbols":["AMZN","TSLA"],"symbols":["AAPL","MSFT"]}']);
});

test("two lists of one set in different orders are one topic", async () => {
  const set = charting();
  await watching(["A", "B"], ["C"], "one", set);
  const { topics, sent } = await watching(["B", "A"], ["C", "C"], "two", set);

  expect([topics().length, sent(quotes)]).toEqual([1, ["subscribe"]]);
});

test("quotes arrive as they change, those of one moment together, the latest of a symbol", async () => {
  const { topics, confirm, network, told, charts } = await watching(["A"], ["B"]);
  const [topic] = topics() as [string];
  confirm(quotes, topic, [quote("A", 1), quote("B", 2), quote("A", 3)]);
  await tick();
  network.socket.update(topic, quote("B", 4), 4);
  await tick();

  expect(told).toEqual([["A:3", "B:2"], ["B:4"]]);
  expect(charts.violations).toEqual([]);
});

test("a list that comes later is given what is known", async () => {
  const set = charting();
  const first = await watching(["A"], [], "one", set);
  first.confirm(quotes, first.topics()[0] as string, [quote("A", 1)]);
  const { told, charts } = await watching(["A"], [], "two", set);

  expect([told, charts.violations]).toEqual([[["A:1"]], []]);
});

test("a symbol without a quote, and a list that is refused, are error quotes", async () => {
  const { topics, network, subscribing, confirm, told, charts } = await watching(["A", "B"], []);
  const error = { s: "error", n: "A", v: { message: "not traded" } };
  confirm(quotes, topics()[0] as string, [error]);
  await tick();
  expect(told).toEqual([['A:{"message":"not traded"}']]);

  const refused = await watching(["C"], ["D"], "other");
  refused.network.socket.refuse(refused.subscribing(quotes), { code: "unknown_symbol", message: "no C" });
  expect(refused.told).toHaveLength(1);
  expect(refused.told[0]).toEqual([expect.stringContaining("C:"), expect.stringContaining("D:")]);
  expect(refused.told[0]?.[0]).toContain("no C");
  expect([network.socket.sent.length, subscribing(quotes)?.type, charts.violations]).toEqual([
    network.socket.sent.length,
    "quotes.subscribe",
    [],
  ]);
});

test("a list that leaves releases its topic and is told nothing more, also of what was under way", async () => {
  const { topics, confirm, told, datafeed, sent, network } = await watching(["A"], []);
  const [topic] = topics() as [string];
  confirm(quotes, topic, [quote("A", 1)]);
  datafeed.unsubscribeQuotes("list");
  datafeed.unsubscribeQuotes("list");
  datafeed.unsubscribeQuotes("nobody");
  await tick();
  network.socket.update(topic, quote("A", 2), 2);

  expect([told, sent(quotes)]).toEqual([[], ["subscribe", "unsubscribe"]]);
});

test("a guid that is used again replaces the first, and an empty list asks for nothing", async () => {
  const set = charting();
  await watching(["A"], [], "list", set);
  const { topics } = await watching([], ["B"], "list", set);
  expect(topics()).toEqual(['quotes:{"fast_symbols":["B"],"symbols":[]}']);

  await watching([], [], "list", set);
  expect(topics()).toEqual([]);
});

test("quotes may be asked for once", async () => {
  const { charts, requests } = charting({ quotes: async () => [quote("A", 1)] });
  const told: unknown[] = [];
  const tell = charts.callback("onData", (data: unknown) => told.push(data));
  charts.call((datafeed) => datafeed.getQuotes(["A"], tell, tell));
  await tick();
  expect([told, requests, charts.violations]).toEqual([[[quote("A", 1)]], [["quotes", ["A"]]], []]);

  const failing = charting();
  failing.charts.call((datafeed) => datafeed.getQuotes(["A"], tell, tell));
  await tick();
  expect(told.at(-1)).toBe("There is no quotes here");
});

test("destroy gives up the lists", async () => {
  const { topics, confirm, told, datafeed } = await watching(["A"], []);
  confirm(quotes, topics()[0] as string, [quote("A", 1)]);
  datafeed.destroy();
  await tick();

  expect([told, topics()]).toEqual([[], []]);
});
