// @vitest-environment happy-dom

import { bars, orders, quotes, trades } from "@trading/topic/shapes";
import { startTransition, useEffect, useLayoutEffect, useState } from "react";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Gap } from "../../src/index.js";
import { skip, useTopicEvents } from "../../src/react/index.js";
import { log } from "../helpers/confirmations.js";
import type { MemorySocket } from "../helpers/memory-network.js";
import { Probe, render } from "./page.js";

const QUOTES = 'quotes:{"fast_symbols":[],"symbols":["A","B"]}';
const TRADES = 'trades:{"symbol":"AAPL"}';

function quotesTo(seen: string[], statuses: string[], tag = "") {
  return (
    <Probe
      useResult={() =>
        useTopicEvents(quotes, { symbols: ["A", "B"], fast_symbols: [] }, ({ n }, meta) =>
          seen.push(tag + n + (meta.snapshot ? " known" : "")),
        )
      }
      onRender={({ status }) => statuses.push(status)}
    />
  );
}

function tradesTo(seen: unknown[], symbol: string | typeof skip, onGap?: (gap: Gap) => void) {
  const params = symbol === skip ? skip : { symbol };
  return (
    <Probe
      useResult={() => useTopicEvents(trades, params, ({ id }) => seen.push(id), onGap && { onGap })}
      onRender={({ status }) => seen.push(status)}
    />
  );
}

test("calls the latest callback immediately for every update and renders only status changes", async () => {
  const seen: string[] = [];
  const statuses: string[] = [];
  const { socket, before, show } = await render(quotesTo(seen, statuses, "1"));
  await before(() => socket.confirm(socket.sent[0], QUOTES));
  expect(statuses).toEqual(["pending", "live"]);
  for (const n of ["A", "B", "A"]) await before(() => socket.update(QUOTES, { n }));
  expect([seen.splice(0), statuses]).toEqual([
    ["1A", "1B", "1A"],
    ["pending", "live"],
  ]);
  await show(quotesTo(seen, statuses, "2"));
  await before(() => socket.update(QUOTES, { n: "B" }));
  expect(seen).toEqual(["2B"]);
  expect(socket.sent).toHaveLength(1);
});

test("delivers every update between two frames exactly once", async () => {
  const seen: unknown[] = [];
  const { socket, before } = await render(tradesTo(seen, "AAPL"));
  await before(() => socket.confirm(socket.sent[0], TRADES));
  seen.splice(0);
  await before(() => {
    for (let id = 0; id < 1_000; id++) socket.update(TRADES, { id });
  });
  expect(seen).toEqual(Array.from({ length: 1_000 }, (_, id) => id));
});

test("passes known updates to a component that mounts later", async () => {
  const seen: string[] = [];
  const first = <div key="first">{quotesTo([], [])}</div>;
  const { socket, before, show } = await render([first]);
  await before(() => socket.confirm(socket.sent[0], QUOTES));
  await before(() => socket.update(QUOTES, { n: "A" }));
  await show([first, <div key="second">{quotesTo(seen, [])}</div>]);
  expect(seen).toEqual(["A known"]);
});

test("resets the status when parameters change, and ignores updates of the old topic", async () => {
  const seen: unknown[] = [];
  const { socket, before, show } = await render(tradesTo(seen, "AAPL"));
  await before(() => socket.confirm(socket.sent[0], TRADES));
  await show(tradesTo(seen, "MSFT"));
  await before(() => socket.update(TRADES, { id: "late" }));
  await show(tradesTo(seen, skip));
  // The component renders again for each effect that changes its status.
  expect([...new Set(seen)]).toEqual(["pending", "live", "skipped"]);
  expect(seen.slice(seen.indexOf("live") + 1)).not.toContain("live");
});

test("calls onGap if given, and otherwise leaves a gap to the client's onError", async () => {
  const gaps: Gap[] = [];
  const { socket, errors, before, show, reconnect } = await render(
    tradesTo([], "AAPL", (gap) => gaps.push(gap)),
    { session: true },
  );
  await before(() => socket.confirm(socket.sent[0], TRADES, log(5)));
  const second = await reconnect();
  await before(() => second.confirm(second.sent[0], TRADES, log(9, { epoch: "e2", recovered: false })));
  expect([gaps.map(({ reason }) => reason), errors]).toEqual([["not_recovered"], []]);
  await show(tradesTo([], "AAPL"));
  const third = await reconnect();
  await before(() => third.confirm(third.sent[0], TRADES, log(3, { epoch: "e3", recovered: false })));
  expect([gaps.length, errors.map(({ code }) => code)]).toEqual([1, ["gap"]]);
});

test("calls onReset when the user logs out", async () => {
  const seen: string[] = [];
  const probe = (
    <Probe
      useResult={() =>
        useTopicEvents(orders, { accountId: "A-1" }, ({ id }) => seen.push(id), { onReset: () => seen.push("reset") })
      }
      onRender={() => {}}
    />
  );
  const { client, socket, before } = await render(probe);
  const topic = orders.buildTopic({ accountId: "A-1" });
  await before(() => socket.confirm(socket.sent[0], topic));
  await before(() => socket.update(topic, { id: "1" }));
  await before(() => client.logout());
  expect(seen).toEqual(["1", "reset"]);
});

test("renders an error of the topic", async () => {
  const seen: string[] = [];
  const probe = (
    <Probe
      useResult={() => useTopicEvents(bars, { symbol: "A", resolution: "1" }, () => {})}
      onRender={({ status, error }) => seen.push(`${status} ${error?.code}`)}
    />
  );
  const { socket, before } = await render(probe);
  await before(() =>
    socket.refuse(socket.sent[0], { code: "forbidden", topic: 'bars:{"resolution":"1","symbol":"A"}' }),
  );
  expect(seen.at(-1)).toBe("error forbidden");
});

interface SwitchProps {
  readonly onMount: (setSymbol: (symbol: string) => void) => void;
  readonly onTrade: (id: string, symbol: string) => void;
}

/** Receives the trades of a symbol that the test changes. */
function Switch({ onMount, onTrade }: SwitchProps) {
  const [symbol, setSymbol] = useState("AAPL");
  useEffect(() => onMount(setSymbol), [onMount]);
  useTopicEvents(trades, { symbol }, ({ id }) => onTrade(id, symbol));
  return null;
}

/** Calls `onCommit` in the commit in which the symbol changes, before React ends the old subscription. */
function Committing({ symbol, onCommit }: { symbol: string; onCommit: () => void }) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when the symbol changes
  useLayoutEffect(onCommit, [symbol]);
  return null;
}

describe("when the topic and the callback change together", () => {
  afterEach(() => vi.unstubAllGlobals());

  const topicOf = (symbol: string) => trades.buildTopic({ symbol });

  /** Sends a trade of each symbol, whether subscribed or not. Its id is the symbol. */
  const publish = (socket: MemorySocket) => {
    for (const symbol of ["AAPL", "MSFT"]) socket.update(topicOf(symbol), { id: symbol });
  };

  /** Returns a page whose symbol changes outside of `act`, as React schedules it in an application. */
  async function switching() {
    const mismatches: string[] = [];
    let received = 0;
    let change: (symbol: string) => void = () => {};
    const page = (
      <Switch
        onMount={(setSymbol) => {
          change = setSymbol;
        }}
        onTrade={(id, symbol) => {
          received += 1;
          if (id !== symbol) mismatches.push(`${id} in the callback of ${symbol}`);
        }}
      />
    );
    const { socket } = await render(page);
    vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", false);
    /** Changes the symbol fifty times, and sends trades in every task in between. */
    const run = async (schedule: (update: () => void) => void) => {
      let confirmed = 0;
      const step = () => {
        for (const frame of socket.sent.slice(confirmed)) {
          confirmed += 1;
          if (frame.type === "trades.subscribe") socket.confirm(frame, topicOf(frame.payload.symbol as string));
        }
        publish(socket);
        return new Promise<void>((resolve) => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => {
            port1.close();
            resolve();
          };
          port2.postMessage(null);
        });
      };
      for (let count = 0; count < 50; count++) {
        schedule(() => change(count % 2 === 0 ? "MSFT" : "AAPL"));
        for (let tasks = 0; tasks < 10; tasks++) await step();
      }
      return received;
    };
    return { mismatches, run };
  }

  test("passes no update of the other topic under startTransition", async () => {
    const { mismatches, run } = await switching();
    expect(await run((update) => startTransition(update))).toBeGreaterThan(0);
    expect(mismatches).toEqual([]);
  });

  test("passes no update of the other topic if a timer changes it", async () => {
    const { mismatches, run } = await switching();
    expect(await run((update) => setTimeout(update))).toBeGreaterThan(0);
    expect(mismatches).toEqual([]);
  });

  test("passes no update between the commit and the effects", async () => {
    const seen: unknown[] = [];
    const page = (symbol: string, onCommit: () => void) => [
      <Committing key="before" symbol={symbol} onCommit={onCommit} />,
      <Probe
        key="events"
        useResult={() => useTopicEvents(trades, { symbol }, ({ id }) => seen.push(`${id} in ${symbol}`))}
        onRender={() => {}}
      />,
      <Committing key="after" symbol={symbol} onCommit={onCommit} />,
    ];
    const { socket, show, before } = await render(page("AAPL", () => {}));
    await before(() => socket.confirm(socket.sent[0], topicOf("AAPL")));
    await before(() => publish(socket));
    expect(seen.splice(0)).toEqual(["AAPL in AAPL"]);
    await show(page("MSFT", () => publish(socket)));
    expect(seen).toEqual([]);
    await before(() =>
      socket.confirm(
        socket.sent.find(({ payload }) => payload.symbol === "MSFT"),
        topicOf("MSFT"),
      ),
    );
    await before(() => publish(socket));
    expect(seen).toEqual(["MSFT in MSFT"]);
  });

  test("reports no gap of the old topic to the new onGap", async () => {
    const gaps: string[] = [];
    const page = (symbol: string, onCommit: () => void) => [
      <Committing key="before" symbol={symbol} onCommit={onCommit} />,
      <Probe
        key="events"
        useResult={() =>
          useTopicEvents(trades, { symbol }, () => {}, { onGap: ({ topic }) => gaps.push(`${topic} in ${symbol}`) })
        }
        onRender={() => {}}
      />,
    ];
    const { socket, before, show, reconnect } = await render(
      page("AAPL", () => {}),
      { session: true },
    );
    await before(() => socket.confirm(socket.sent[0], TRADES, log(5)));
    const second = await reconnect();
    const lost = log(9, { epoch: "e2", recovered: false });
    await show(page("MSFT", () => second.confirm(second.sent[0], TRADES, lost)));
    expect(gaps).toEqual([]);
  });
});
