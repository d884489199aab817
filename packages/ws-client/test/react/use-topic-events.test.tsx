// @vitest-environment happy-dom

import { bars, quotes, trades } from "@trading/topic/shapes";
import { expect, test } from "vitest";
import type { Gap } from "../../src/index.js";
import { skip, useTopicEvents } from "../../src/react/index.js";
import { log, Probe, render } from "./page.js";

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
