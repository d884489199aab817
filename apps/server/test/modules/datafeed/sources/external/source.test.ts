import { ManualClock } from "@trading/ws-server/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { closeOthers, compose } from "../../../../../src/compose.js";
import { parseEnv } from "../../../../../src/config/env.js";
import { loadHistory } from "../../../../../src/modules/datafeed/history.js";
import type { Instrument, Tick } from "../../../../../src/modules/datafeed/market-source.js";
import { ExternalSource } from "../../../../../src/modules/datafeed/sources/external/source.js";
import { getJson, silent } from "../../../../helpers.js";

const NOW = Date.UTC(2026, 10, 29, 12, 0, 30);

const INSTRUMENT = { symbol: "ACME", priceStep: 0.01, qtyStep: 1 };

function setup() {
  const clock = new ManualClock(NOW);
  const source = new ExternalSource([INSTRUMENT, { symbol: "OTHER", priceStep: 0.25, qtyStep: 0.001 }], clock);
  const ticks: Tick[] = [];
  const stop = source.watch("ACME", { onTick: (tick) => void ticks.push(tick), onGap() {}, onEnd() {} });
  const history = (countBack = 100, to?: number) => source.history({ symbol: "ACME", resolution: "1", to, countBack });
  return { clock, source, ticks, stop, history };
}

describe("the external market", () => {
  test("has instruments with the steps of its settings", () => {
    const { instruments } = setup().source;
    expect(instruments.get("ACME")).toMatchObject({ priceStep: 0.01, qtyStep: 1, minQty: 1, maxQty: 1_000_000 });
    expect(instruments.get("OTHER")).toMatchObject({ priceStep: 0.25, qtyStep: 0.001, minQty: 0.001 });
  });

  test("makes minutes of the trades, and delivers them with the book in one tick", async () => {
    const { clock, source, ticks, stop, history } = setup();
    const book = { bids: [{ price: 9, qty: 1 }], asks: [] };
    source.add("ACME", {
      trades: [
        { price: 10, qty: 1.4 },
        { price: 8, qty: 2, side: -1 },
      ],
      book,
    });
    expect(ticks).toEqual([
      {
        trades: [
          { price: 10, qty: 1.4, side: 1, time: NOW },
          { price: 8, qty: 2, side: -1, time: NOW },
        ],
        book: { time: NOW, ...book },
      },
    ]);
    clock.advance(60_000);
    source.add("ACME", { trades: [{ price: 12, qty: 1 }] });
    const minute = NOW - 30_000;
    const bars = [
      { time: minute, open: 10, high: 10, low: 8, close: 8, volume: 3 },
      { time: minute + 60_000, open: 12, high: 12, low: 12, close: 12, volume: 1 },
    ];
    expect(await history()).toEqual({ bars, through: NOW + 60_000 });
    expect((await history(1)).bars).toEqual(bars.slice(1));
    expect((await history(5, minute + 60_000)).bars).toEqual(bars.slice(0, 1));
    stop();
    source.add("ACME", { trades: [{ price: 13, qty: 1 }] });
    expect(ticks).toHaveLength(2);
    expect((await source.history({ symbol: "OTHER", resolution: "1", to: undefined, countBack: 1 })).through).toBe(
      Number.NEGATIVE_INFINITY,
    );
  });

  test("gives calls within one millisecond different times, so that a history has all trades of a time", () => {
    const { source, ticks } = setup();
    for (const price of [1, 2]) source.add("ACME", { trades: [{ price, qty: 1 }] });
    expect(ticks.flatMap(({ trades = [] }) => trades.map(({ time }) => time))).toEqual([NOW, NOW + 1]);
  });

  test.each([
    [[{ price: 1, qty: 1, time: NOW }], `Invalid time ${NOW} of a trade in ACME: expected at least ${NOW + 1}`],
    [
      [
        { price: 1, qty: 1, time: NOW + 9 },
        { price: 1, qty: 1, time: NOW + 8 },
      ],
      `expected at least ${NOW + 9}, after the trades before it`,
    ],
    [[{ price: 1, qty: 1, time: NOW + 70_000 }], "expected at most a minute from now"],
  ])("refuses trades out of order or of the future, and adds none of them: %j", async (trades, message) => {
    const { source, ticks, history } = setup();
    source.add("ACME", { trades: [{ price: 5, qty: 1 }] });
    expect(() => source.add("ACME", { trades })).toThrow(message);
    expect([ticks.length, (await history()).bars.length]).toEqual([1, 1]);
    expect(() => source.add("NONE", { trades: [] })).toThrow('Unknown symbol "NONE": expected one of ACME, OTHER.');
  });

  test("has days that begin at the midnight of its time zone", async () => {
    const { clock } = setup();
    const source = new ExternalSource([INSTRUMENT], clock, "America/New_York");
    // 23:59 and 0:01 in New York.
    const midnight = Date.UTC(2026, 10, 29, 5);
    source.add("ACME", { trades: [midnight - 60_000, midnight + 60_000].map((time) => ({ price: 10, qty: 1, time })) });
    const instrument = source.instruments.get("ACME") as Instrument;
    const bars = await loadHistory(source, instrument, {
      symbol: "ACME",
      resolution: "D",
      to: undefined,
      countBack: 10,
    });
    expect([instrument.timezone, bars.map(({ time }) => time)]).toEqual([
      "America/New_York",
      [midnight - 86_400_000, midnight],
    ]);
    const env = { EXTERNAL_SYMBOLS: "ACME", DATAFEED: "external" };
    expect(() => parseEnv({ ...env, EXTERNAL_TIMEZONE: "New York" })).toThrow("EXTERNAL_TIMEZONE");
    const server = await compose(parseEnv({ ...env, EXTERNAL_TIMEZONE: "Asia/Tokyo", ENABLED_MODULES: "datafeed" }), {
      logger: silent,
    });
    onTestFinished(async () => {
      await server.app.close();
      await closeOthers(server);
    });
    const { timezone } = (
      await getJson<{ timezone: string }>(
        `http://127.0.0.1:${await server.app.listen(0, "127.0.0.1")}/api/v1/datafeed/resolve/ACME`,
      )
    ).body;
    expect(timezone).toBe("Asia/Tokyo");
  });
});
