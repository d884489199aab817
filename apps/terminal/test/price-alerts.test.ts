import type { QuoteData } from "@trading/topic";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { alertsOf, conditionFor, MAX_ALERTS } from "../src/alerts/price-alert.js";
import { PriceAlerts } from "../src/alerts/price-alerts.js";

/** Quotes with only what an alert reads. */
function quotes(prices: Readonly<Record<string, number>>): ReadonlyMap<string, QuoteData> {
  return new Map(Object.entries(prices).map(([n, lp]) => [n, { n, s: "ok", v: { lp } } as unknown as QuoteData]));
}

/** The storage that all tabs of a browser share. */
let stored: Map<string, string>;
beforeEach(() => {
  stored = new Map();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
  });
});
afterEach(() => vi.unstubAllGlobals());

describe("a price alert", () => {
  test.each([
    ["above", 101, [100, 100.99], 101],
    ["above", 101, [100.5], 150],
    ["below", 99, [100, 99.01], 99],
    ["below", 99, [99.5], 50],
  ] as const)("%s %d waits at %j and fires at %d", (condition, price, before, reached) => {
    const alerts = new PriceAlerts();
    expect(alerts.add("AAPL", price, 100)).toBeUndefined();
    expect(alerts.all[0]?.condition).toBe(condition);
    for (const last of before) expect(alerts.check(quotes({ AAPL: last, MSFT: reached }), true)).toEqual([]);
    const fired = alerts.check(quotes({ AAPL: reached }), true, 5_000);
    expect(fired).toMatchObject([{ symbol: "AAPL", fired: { at: 5_000, price: reached, isSeen: false } }]);
  });

  test("fires once, also after the price returns, and after a reload", () => {
    const alerts = new PriceAlerts();
    alerts.add("AAPL", 101, 100);
    expect(alerts.check(quotes({ AAPL: 102 }), true).length).toBe(1);
    alerts.check(quotes({ AAPL: 100 }), true);
    expect(alerts.check(quotes({ AAPL: 103 }), true)).toEqual([]);
    const reloaded = new PriceAlerts();
    expect(reloaded.check(quotes({ AAPL: 103 }), true)).toEqual([]);
    expect(reloaded.all).toEqual(alerts.all);
  });

  test("fires in one of two tabs, also before the other has been notified", () => {
    const [one, other] = [new PriceAlerts(), new PriceAlerts()];
    one.add("AAPL", 101, 100);
    other.reload();
    expect(one.check(quotes({ AAPL: 102 }), true).length).toBe(1);
    expect(other.check(quotes({ AAPL: 102 }), true)).toEqual([]);
  });

  test("does not fire in a tab after another tab has deleted it", () => {
    const [one, other] = [new PriceAlerts(), new PriceAlerts()];
    one.add("AAPL", 101, 100);
    other.reload();
    one.remove(one.all[0]?.id as string);
    expect(other.check(quotes({ AAPL: 102 }), true)).toEqual([]);
    expect(other.all).toEqual([]);
  });

  test("does not fire for an error quote or without a quote", () => {
    const alerts = new PriceAlerts();
    alerts.add("AAPL", 99, 100);
    const error = { n: "AAPL", s: "error", v: {} } as unknown as QuoteData;
    expect(alerts.check(new Map([["AAPL", error]]), true)).toEqual([]);
    expect(alerts.check(new Map(), true)).toEqual([]);
  });

  test("does not fire for quotes from before a lost connection", () => {
    const alerts = new PriceAlerts();
    alerts.add("AAPL", 101, 100);
    expect(alerts.check(quotes({ AAPL: 102 }), false)).toEqual([]);
    expect(alerts.check(quotes({ AAPL: 102 }), true).length).toBe(1);
  });

  test("waits again after a move, on the side of the last price", () => {
    const alerts = new PriceAlerts();
    alerts.add("AAPL", 101, 100);
    const id = alerts.all[0]?.id as string;
    alerts.move(id, 95, 100);
    expect(alerts.all).toEqual([{ id, symbol: "AAPL", price: 95, condition: "below" }]);
    alerts.move(id, 100, 100);
    expect(alerts.all[0]?.price).toBe(95);
  });

  test("is refused at the last price, and beyond the maximum number", () => {
    const alerts = new PriceAlerts();
    expect(alerts.add("AAPL", 100, 100)).toMatch(/already there/);
    for (let count = 0; count < MAX_ALERTS; count++) alerts.add("AAPL", 200 + count, 100);
    expect(alerts.add("AAPL", 99, 100)).toMatch(/already 100 alerts/);
    // A fired one makes room.
    alerts.check(quotes({ AAPL: 200 }), true);
    expect(alerts.add("AAPL", 99, 100)).toBeUndefined();
    expect(alerts.all.length).toBe(MAX_ALERTS);
    expect(alerts.all.every(({ fired }) => !fired)).toBe(true);
  });

  test("works while the browser blocks the storage", () => {
    vi.stubGlobal("localStorage", undefined);
    const alerts = new PriceAlerts();
    alerts.add("AAPL", 101, 100);
    expect(alerts.check(quotes({ AAPL: 102 }), true).length).toBe(1);
    expect(alerts.check(quotes({ AAPL: 102 }), true)).toEqual([]);
  });

  test("notifies listeners of each change, and of another tab's", () => {
    const alerts = new PriceAlerts();
    const listener = vi.fn();
    alerts.subscribe(listener);
    const window = new EventTarget();
    const stop = alerts.followOtherTabs(window as Window);
    new PriceAlerts().add("AAPL", 101, 100);
    window.dispatchEvent(Object.assign(new Event("storage"), { key: "trading-alerts" }));
    expect(listener).toHaveBeenCalledTimes(1);
    expect(alerts.all.length).toBe(1);
    alerts.check(quotes({ AAPL: 102 }), true);
    alerts.dismiss(alerts.all[0]?.id as string);
    expect(alerts.all[0]?.fired?.isSeen).toBe(true);
    expect(listener).toHaveBeenCalledTimes(3);
    stop();
    window.dispatchEvent(Object.assign(new Event("storage"), { key: "trading-alerts" }));
    expect(listener).toHaveBeenCalledTimes(3);
  });
});

test("reads stored alerts, and ignores what is not one", () => {
  const alert = { id: "1", symbol: "AAPL", price: 5, condition: "above" };
  const wrong = [null, 5, {}, { ...alert, price: "5" }, { ...alert, condition: "near" }];
  expect(alertsOf([alert, ...wrong])).toEqual([alert]);
  expect(alertsOf([{ ...alert, fired: { at: "now" } }])).toEqual([alert]);
  expect(alertsOf("none")).toBeUndefined();
  expect(conditionFor(5, 5)).toBeUndefined();
});
