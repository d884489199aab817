import { readFileSync } from "node:fs";
import { type Bar, bars, type OkQuote, quotes } from "@trading/topic";
import { createClient } from "@trading/ws-client";
import { ManualClock } from "@trading/ws-server/testing";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { Datafeed } from "../../../src/modules/datafeed/service.js";
import { Recording } from "../../../src/modules/datafeed/sources/replay/recording.js";
import { ReplaySource } from "../../../src/modules/datafeed/sources/replay/source.js";
import { AAPL_CSV, aaplBars, silent, startApp } from "../../helpers.js";
import { until } from "../../until.js";

test("the SDK's client gets every bar and quote of a recording, and an error for an unavailable resolution", async () => {
  const clock = new ManualClock();
  const source = new ReplaySource(new Recording(readFileSync(AAPL_CSV, "utf8"), "aapl.csv"), {
    symbol: "AAPL",
    barsPerSecond: 1_000,
    atEnd: "stop",
    clock,
    logger: silent,
  });
  const { app, url } = await startApp(new Datafeed(source), clock);
  const client = createClient({ url, WebSocket, onError: () => {} });
  onTestFinished(() => client.close());

  const received: Bar[] = [];
  const prices: number[] = [];
  const stopBars = client.subscribe(bars, { symbol: "AAPL", resolution: "D" }, (bar) => received.push(bar));
  const stopQuotes = client.subscribe(quotes, { symbols: [], fast_symbols: ["AAPL"] }, (quote) =>
    prices.push((quote as OkQuote).v.lp),
  );
  await Promise.all([stopBars.ready, stopQuotes.ready]);
  expect(stopBars.topic).toBe('bars:{"resolution":"D","symbol":"AAPL"}');
  await expect(client.subscribe(bars, { symbol: "AAPL", resolution: "1" }, () => {}).ready).rejects.toThrow(
    "AAPL has no bars of resolution 1: its data is coarser. Use D, W or M.",
  );

  clock.advance(1_260);
  const expected = aaplBars();
  await until(() => received.length >= expected.length && prices.length >= expected.length);
  expect(received).toEqual(expected);
  expect(prices).toEqual(expected.map(({ close }) => close));

  stopBars();
  stopQuotes();
  await until(() => app.stream.counts().topics === 0);
});
