// @vitest-environment happy-dom

import { bars } from "@trading/topic/shapes";
import { act } from "react";
import { expect, test, vi } from "vitest";
import { createClient } from "../../src/index.js";
import {
  type BarHistoryResult,
  ClientProvider,
  type RestRoutes,
  useBarHistory,
  useOrders,
  useQuote,
} from "../../src/react/index.js";
import type { BarsQuery } from "../../src/rest/index.js";
import { MemoryServer } from "../../src/testing/index.js";
import { keyed } from "../helpers/confirmations.js";
import { Probe, render, rootOf } from "./page.js";

const bar = (time: number, close = time) => ({ time, open: 1, high: 9, low: 0, close, volume: 1 });
const AAPL = { symbol: "AAPL", resolution: "1" } as const;
const MSFT = { symbol: "MSFT", resolution: "1" } as const;

test("renders history and live bars, pages back, and cancels the requests of a symbol that is left", async () => {
  const server = new MemoryServer({ routes: { bars } });
  const client = createClient({ url: "ws://memory/ws", WebSocket: server.WebSocket });
  const requests: [query: BarsQuery, signal: AbortSignal][] = [];
  let hangs = false;
  const rest = {
    bars(query: BarsQuery, signal: AbortSignal) {
      requests.push([query, signal]);
      if (hangs) return new Promise(() => {});
      return Promise.resolve({
        bars: [1, 2, 3, 4]
          .map((time) => bar(time))
          .filter(({ time }) => time < query.to)
          .slice(-query.countBack),
      });
    },
  } as unknown as RestRoutes;
  const root = rootOf(document.createElement("div"));
  const results: BarHistoryResult<string>[] = [];
  const show = (series: typeof AAPL | typeof MSFT) =>
    act(async () => {
      root.render(
        <ClientProvider client={client} rest={rest} requestFrame={(paint) => paint()}>
          <Probe
            useResult={() =>
              useBarHistory(series, { pageSize: 2, select: (all) => all.map(({ close }) => close).join(" ") })
            }
            onRender={(result) => results.push(result)}
          />
        </ClientProvider>,
      );
      await server.settled();
    });
  const last = () => results.at(-1) as BarHistoryResult<string>;
  server.publish(bars, AAPL, bar(4, 40));
  await show(AAPL);
  expect(last()).toMatchObject({ bars: "3 40", history: "loaded", status: "live", hasOlder: true });
  await act(() => last().loadOlder());
  expect(last()).toMatchObject({ bars: "1 2 3 40", isLoadingOlder: false });

  const { length } = results;
  await act(async () => {
    server.publish(bars, AAPL, { ...bar(4, 40), volume: 2 });
    await server.settled();
  });
  expect(results.length, "what is selected is equal").toBe(length);

  hangs = true;
  await show(MSFT);
  expect([requests.at(-1)?.[0].symbol, requests.at(-1)?.[1].aborted, last().bars]).toEqual(["MSFT", false, ""]);
  await show(AAPL);
  expect(requests.find(([{ symbol }]) => symbol === "MSFT")?.[1].aborted).toBe(true);
  expect(server.subscriptions).toEqual([bars.buildTopic(AAPL)]);
  await act(async () => client.close());
});

test("names the missing routes", async () => {
  const report = vi.spyOn(console, "error").mockImplementation(() => {});
  const page = <Probe useResult={() => useBarHistory(AAPL)} onRender={() => {}} />;
  await expect(render(page)).rejects.toThrow("No REST routes: pass rest={createRest({ … })} to <ClientProvider>");
  report.mockRestore();
});

test("useQuote: a row renders only for its symbol, and all rows share a topic", async () => {
  const renders: Record<string, unknown[]> = { AAPL: [], MSFT: [] };
  const row = (symbol: "AAPL" | "MSFT") => (
    <Probe
      useResult={() => useQuote(symbol, { select: (quote) => quote.s === "ok" && quote.v.lp })}
      onRender={({ value }) => renders[symbol]?.push(value)}
    />
  );
  const page = (
    <>
      {row("AAPL")}
      {row("MSFT")}
    </>
  );
  const { socket, during, sent } = await render(page, { session: true });
  const topic = 'quotes:{"fast_symbols":["AAPL","MSFT"],"symbols":[]}';
  await during(() => socket.confirm(socket.sent[0], topic, keyed(0, { snapshot: true })));
  await during(() => socket.current(topic, "e1", 0));
  const before = renders.MSFT?.length;
  await during(() => socket.update(topic, { s: "ok", n: "AAPL", v: { lp: 7 } }, 1));
  expect([renders.AAPL?.at(-1), renders.MSFT?.length, sent()]).toEqual([7, before, ["quotes.subscribe"]]);
});

test("select of a collection: renders only when the selected items change", async () => {
  const seen: unknown[] = [];
  const working = (
    <Probe
      useResult={() => useOrders({ accountId: "A-1" }, { select: (all) => all.filter(({ status }) => status === 6) })}
      onRender={({ items, dataUpdatedAt }) => seen.push([items.map(({ id }) => id).join(), dataUpdatedAt])}
    />
  );
  const { socket, during } = await render(working, { session: true });
  const topic = 'orders:{"accountId":"A-1"}';
  await during(() => socket.confirm(socket.sent[0], topic, keyed(0, { snapshot: true })));
  await during(() => socket.update(topic, { id: "a", status: 6 }, 1));
  await during(() => socket.current(topic, "e1", 1));
  expect(seen.at(-1)).toEqual(["a", expect.any(Number)]);
  const { length } = seen;
  await during(() => socket.update(topic, { id: "b", status: 2 }, 2));
  expect(seen).toHaveLength(length);
  await during(() => socket.update(topic, { id: "c", status: 6 }, 3));
  expect(seen.at(-1)).toEqual(["a,c", expect.any(Number)]);
});
