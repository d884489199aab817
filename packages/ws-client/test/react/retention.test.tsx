// @vitest-environment happy-dom

import { bars, defineShape, orders, type UpdateOf } from "@trading/topic/shapes";
import { act, type ReactNode, useEffect, useState } from "react";
import { expect, test } from "vitest";
import { createClient } from "../../src/index.js";
import { ClientProvider, type Collection, useBars, useCollection, useOrders } from "../../src/react/index.js";
import { ManualClock, MemoryServer } from "../../src/testing/index.js";
import { ManualFrames } from "../helpers/manual-frames.js";
import { Probe, rootOf } from "./page.js";

const ANN = { accountId: "ann" };
const AAPL = { symbol: "AAPL", resolution: "1" } as const;
const MINUTE = 60_000;

type Order = UpdateOf<typeof orders>;
type Bar = UpdateOf<typeof bars>;

const order = (id: string, status: Order["status"]): Order => ({
  ...{ id, symbol: "AAPL", type: 2, side: 1, qty: 1, status },
});
const bar = (minute: number): Bar => ({ time: minute * MINUTE, open: 1, high: 1, low: 1, close: minute, volume: 1 });

const events = defineShape<{ team: string }, { id: string }>({
  name: "events",
  fields: { team: "string" },
  key: "id",
  snapshot: "none",
});

/** Renders a page under a client of an in-memory server. Nothing is painted until `paint`. */
async function render(page: ReactNode) {
  const clock = new ManualClock();
  const server = new MemoryServer({ routes: { orders, bars, events }, clock, heartbeatIntervalMs: 0 });
  const connect = () => createClient({ url: "ws://memory", WebSocket: server.WebSocket, clock, getToken: () => "ann" });
  const client = connect();
  const frames = new ManualFrames();
  const root = rootOf(document.createElement("div"));
  await act(async () => {
    root.render(
      <ClientProvider client={client} requestFrame={frames.request}>
        {page}
      </ClientProvider>,
    );
    await server.settled();
  });
  const paint = () => act(async () => frames.paint());
  await paint();
  return { clock, server, client, connect, paint };
}

function probe<Result>(useResult: () => Result) {
  const results: Result[] = [];
  const page = <Probe useResult={useResult} onRender={(result) => results.push(result)} />;
  return { page, last: () => results.at(-1) as Result };
}

const idsOf = ({ items }: Collection<{ id: string }>) => items.map(({ id }) => id).sort();

test("a list of orders has the orders of a late listener and a new client after 2,000 finished ones", async () => {
  const { page, last } = probe(() => useOrders(ANN));
  const { clock, server, client, connect, paint } = await render(page);
  server.publish("orders", ANN, order("open", 6));
  for (let count = 0; count < 2_000; count++) {
    server.publish("orders", ANN, order(`${count}`, 6));
    server.publish("orders", ANN, order(`${count}`, 2));
    await server.settled();
    clock.advance(43_200);
  }
  await paint();
  const newcomer = connect();
  const lists = await Promise.all(
    [newcomer, client].map(async (each) => {
      const ids: string[] = [];
      each.subscribe(orders, ANN, ({ id }) => ids.push(id));
      await server.settled();
      return ids.sort();
    }),
  );
  expect(idsOf(last())).toHaveLength(14);
  expect(lists).toEqual([idsOf(last()), idsOf(last())]);
  // Without another update, the list is rendered again when an order is evicted.
  clock.advance(600_000);
  await paint();
  expect(idsOf(last())).toEqual(["open"]);
  newcomer.close();
  client.close();
});

test("a list of bars keeps the last 1,000, and a history that is loaded after each gap leaves no hole", async () => {
  let published = 0;
  const loads: number[] = [];
  const { page, last } = probe(() => {
    const { items, isComplete, gaps } = useBars(AAPL);
    const [history, setHistory] = useState<readonly Bar[]>([]);
    // biome-ignore lint/correctness/useExhaustiveDependencies: loads again after a gap
    useEffect(() => {
      if (!isComplete) return;
      loads.push(published);
      setHistory(Array.from({ length: published }, (_, minute) => bar(minute)));
    }, [isComplete, gaps]);
    return { items, gaps, all: new Set([...history, ...items].map(({ time }) => time)) };
  });
  const { server, client, paint } = await render(page);
  for (; published < 3_500; published++) {
    server.publish("bars", AAPL, bar(published));
    await server.settled();
    if (published % 100 !== 99) continue;
    await paint();
    await paint();
    expect(last().all.size).toBe(published + 1);
  }
  expect([last().items.length, last().items[0]?.time, last().gaps]).toEqual([1_000, 2_500 * MINUTE, 3]);
  expect(loads).toHaveLength(4);
  client.close();
});

test("a list of a keyed route without a snapshot keeps the last keys", async () => {
  const { page, last } = probe(() => useCollection(events, { team: "rates" }, { last: 3 }));
  const { server, client, paint } = await render(page);
  for (const id of ["a", "b", "a", "c", "d", "e"]) server.publish("events", { team: "rates" }, { id });
  await server.settled();
  await paint();
  expect([last().items, last().gaps]).toEqual([[{ id: "c" }, { id: "d" }, { id: "e" }], 0]);
  client.close();
});
