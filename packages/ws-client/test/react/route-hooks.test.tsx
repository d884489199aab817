// @vitest-environment happy-dom

import {
  account,
  brokerConnection,
  equity,
  executions,
  notifications,
  orderbook,
  orders,
  positions,
  quotes,
  trades,
} from "@trading/topic/shapes";
import type { ReactNode } from "react";
import { expect, test } from "vitest";
import {
  ClientProvider,
  type Collection,
  type Quotes,
  skip,
  useAccount,
  useBars,
  useBrokerConnection,
  useEquity,
  useExecutions,
  useNotifications,
  useOrderbook,
  useOrders,
  usePositions,
  useQuotes,
  useTrades,
  type WatchList,
} from "../../src/react/index.js";
import { keyed } from "../helpers/confirmations.js";
import { setUp } from "../helpers/harness.js";
import { Probe, render } from "./page.js";

const ACCOUNT = { accountId: "A-1" };
const AAPL = { symbol: "AAPL" };
const BARS = 'bars:{"resolution":"1","symbol":"AAPL"}';

/** Renders a component that records a hook's results. */
function probe<Result>(useResult: () => Result) {
  const results: Result[] = [];
  const page: ReactNode = <Probe useResult={useResult} onRender={(result) => results.push(result)} />;
  return { page, last: () => results.at(-1) as Result, results };
}

test.each([
  ["useTrades", () => useTrades(AAPL), trades.buildTopic(AAPL)],
  [
    "useExecutions",
    () => useExecutions({ ...ACCOUNT, symbol: null }),
    executions.buildTopic({ ...ACCOUNT, symbol: null }),
  ],
  ["useNotifications", () => useNotifications(ACCOUNT), notifications.buildTopic(ACCOUNT)],
  ["useOrders", () => useOrders(ACCOUNT), orders.buildTopic(ACCOUNT)],
  ["usePositions", () => usePositions(ACCOUNT), positions.buildTopic(ACCOUNT)],
])("%s returns the updates of its route", async (_, useResult, topic) => {
  const { page, last } = probe<ReturnType<typeof useTrades> | ReturnType<typeof useOrders> | object>(useResult);
  const { socket, during } = await render(page);
  await during(() => socket.confirm(socket.sent[0], topic));
  await during(() => {
    for (const [id, qty] of [
      ["a", 1],
      ["b", 1],
      ["a", 2],
    ])
      socket.update(topic, { id, qty });
  });
  const isLog = /trades|executions|notifications/.test(topic);
  const expected = isLog ? ["a 1", "b 1", "a 2"] : ["a 2", "b 1"];
  const { items } = last() as { items: { id: string; qty: number }[] };
  expect(items.map(({ id, qty }) => `${id} ${qty}`)).toEqual(expected);
  expect(last()).toMatchObject({ status: "live", isComplete: true, gaps: 0 });
});

test.each([
  ["useEquity", () => useEquity(ACCOUNT), equity.buildTopic(ACCOUNT)],
  ["useAccount", () => useAccount(ACCOUNT), account.buildTopic(ACCOUNT)],
  ["useBrokerConnection", () => useBrokerConnection(ACCOUNT), brokerConnection.buildTopic(ACCOUNT)],
  ["useOrderbook", () => useOrderbook({ ...AAPL, depth: 5 }), orderbook.buildTopic({ ...AAPL, depth: 5 })],
])("%s returns the latest update", async (_, useResult, topic) => {
  const { page, last } = probe<object>(useResult);
  const { socket, during } = await render(page);
  await during(() => socket.confirm(socket.sent[0], topic));
  await during(() => {
    for (const time of [1, 2]) socket.update(topic, { time });
  });
  expect(last()).toMatchObject({ value: { time: 2 }, status: "live", error: undefined });
});

test("accepts skip in every hook", async () => {
  const statuses = probe(() =>
    [
      useTrades(skip),
      useExecutions(skip),
      useNotifications(skip),
      useOrders(skip),
      usePositions(skip),
      useEquity(skip),
      useAccount(skip),
      useBrokerConnection(skip),
      useOrderbook(skip),
      useBars(skip),
      useQuotes(skip),
    ].map(({ status }) => status),
  );
  const { sent } = await render(statuses.page);
  expect([statuses.last(), sent()]).toEqual([Array(11).fill("skipped"), []]);
});

const barAt = (time: number, close = 1) => ({ time, open: 1, high: 9, low: 1, close, volume: 1 });
const probeBars = () => probe(() => useBars({ ...AAPL, resolution: "1" }));
const describeBars = ({ items, gaps }: Collection<{ time: number; close: number }>) =>
  `${items.map(({ time, close }) => `${time}=${close}`)} gaps ${gaps}`;

test("useBars sorts by time and puts a late correction in place", async () => {
  const { page, last } = probeBars();
  const { socket, during } = await render(page);
  await during(() => socket.confirm(socket.sent[0], BARS));
  await during(() => {
    for (const [time, close] of [
      [60, 1],
      [60, 2],
      [120, 3],
      [0, 4],
      [60, 5],
    ])
      socket.update(BARS, barAt(time as number, close));
  });
  expect(describeBars(last())).toBe("0=4,60=5,120=3 gaps 0");
});

test("useBars restarts after a gap and increments gaps", async () => {
  const { page, last, results } = probeBars();
  const { socket, during, reconnect, errors } = await render(page, { session: true });
  await during(() => socket.confirm(socket.sent[0], BARS, keyed(0, { snapshot: true })));
  await during(() => socket.update(BARS, barAt(60), 1));
  await during(() => socket.current(BARS, "e1", 1));
  const next = await reconnect();
  expect(describeBars(last())).toBe("60=1 gaps 0");
  await during(() => next.confirm(next.sent[0], BARS, keyed(8, { epoch: "e2", snapshot: true, recovered: false })));
  await during(() => next.update(BARS, barAt(240), 9));
  await during(() => next.current(BARS, "e2", 9));
  expect(describeBars(last())).toBe("240=1 gaps 1");
  expect(results.every(({ items, isComplete }) => items.length > 0 || !isComplete)).toBe(true);
  expect(errors).toEqual([]);
});

test("useBars drops possibly outdated bars after a reconnect to a legacy server", async () => {
  const { page, last } = probeBars();
  const { socket, during, reconnect } = await render(page);
  await during(() => socket.confirm(socket.sent[0], BARS));
  await during(() => socket.update(BARS, barAt(60), 1));
  const next = await reconnect();
  await during(() => next.confirm(next.sent[0], BARS));
  await during(() => next.update(BARS, barAt(120)));
  expect(describeBars(last())).toBe("120=1 gaps 1");
});

const quote = (n: string, lp: number) => ({ s: "ok", n, v: { lp } });

function watching(list: WatchList, results: string[]) {
  const record = ({ bySymbol, status, isComplete }: Quotes) => {
    const prices = [...bySymbol.values()].map((quote) => `${quote.n} ${quote.s === "ok" ? quote.v.lp : "none"}`);
    const text = `${prices.sort()} ${status}${isComplete ? "" : ", not complete"}`;
    if (text !== results.at(-1)) results.push(text);
  };
  return <Probe useResult={() => useQuotes(list)} onRender={record} />;
}

test("useQuotes ignores order and duplicates of symbols", async () => {
  const seen: string[] = [];
  const { socket, during } = await render([
    <i key="1">{watching({ fast_symbols: ["MSFT", "AAPL"] }, seen)}</i>,
    <i key="2">{watching({ symbols: [], fast_symbols: ["AAPL", "MSFT", "AAPL"] }, [])}</i>,
  ]);
  expect(socket.sent.map(({ payload }) => payload)).toEqual([{ symbols: [], fast_symbols: ["AAPL", "MSFT"] }]);
  const topic = quotes.buildTopic({ symbols: [], fast_symbols: ["AAPL", "MSFT"] });
  await during(() => socket.confirm(socket.sent[0], topic));
  await during(() => socket.update(topic, quote("MSFT", 1)));
  await during(() => socket.update(topic, { s: "error", n: "AAPL", v: {} }));
  expect(seen.at(-1)).toBe("AAPL none,MSFT 1 live");
});

test("useQuotes does not modify the caller's list", async () => {
  const list = Object.freeze(["B", "A"]);
  const { socket } = await render(watching({ symbols: list }, []));
  expect([list, socket.sent[0]?.payload.symbols]).toEqual([
    ["B", "A"],
    ["A", "B"],
  ]);
});

test("useQuotes keeps the quotes of remaining symbols when the list changes, until the new ones arrive", async () => {
  const seen: string[] = [];
  const of = (...names: string[]) => quotes.buildTopic({ symbols: [], fast_symbols: names });
  const { socket, during, show } = await render(watching({ fast_symbols: ["A", "B"] }, seen), { session: true });
  await during(() => socket.confirm(socket.sent[0], of("A", "B"), keyed(0, { snapshot: true })));
  await during(() => {
    socket.update(of("A", "B"), quote("A", 1), 1);
    socket.update(of("A", "B"), quote("B", 1), 2);
    socket.current(of("A", "B"), "e1", 2);
  });
  seen.splice(0);
  await show(watching({ fast_symbols: ["B", "C"] }, seen));
  await during(() => socket.confirm(socket.sent[1], of("B", "C"), keyed(0, { epoch: "e2", snapshot: true })));
  await during(() => socket.update(of("B", "C"), quote("C", 2), 1));
  await show(watching({ fast_symbols: ["C", "B", "D"] }, seen));
  const last = socket.sent.findLast(({ type }) => type === "quotes.subscribe");
  await during(() => socket.confirm(last, of("B", "C", "D"), keyed(0, { epoch: "e3", snapshot: true })));
  await during(() => socket.update(of("B", "C", "D"), quote("C", 3), 1));
  await during(() => socket.current(of("B", "C", "D"), "e3", 1));
  expect(seen).toEqual([
    "B 1 pending, not complete",
    "B 1 syncing, not complete",
    "B 1,C 2 syncing, not complete",
    "B 1,C 2 pending, not complete",
    "B 1,C 2 syncing, not complete",
    "B 1,C 3 syncing, not complete",
    "C 3 live",
  ]);
});

test("useQuotes returns the same map while nothing changes", async () => {
  const maps = new Set<unknown>();
  const page = () => (
    <Probe useResult={() => useQuotes({ fast_symbols: ["B", "A"] })} onRender={({ bySymbol }) => maps.add(bySymbol)} />
  );
  const { show } = await render(page());
  await show(page());
  expect(maps.size).toBe(1);
});

test("useQuotes drops the quotes of another client", async () => {
  const seen: string[] = [];
  const page = watching({ fast_symbols: ["A"] }, seen);
  const topic = quotes.buildTopic({ symbols: [], fast_symbols: ["A"] });
  const { socket, during, root } = await render(page);
  await during(() => socket.confirm(socket.sent[0], topic));
  await during(() => socket.update(topic, quote("A", 1)));
  expect(seen.splice(0).at(-1)).toBe("A 1 live");
  const other = setUp();
  await during(() => root.render(<ClientProvider client={other.client}>{page}</ClientProvider>));
  expect(seen).toEqual([" pending, not complete"]);
});
