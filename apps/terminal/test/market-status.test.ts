import { describe, expect, test } from "vitest";
import { type MarketFacts, marketStatus, STALE_AFTER_MS } from "../src/market/market-status.js";
import { isOpenAt } from "../src/market/session-hours.js";
import { TimeZone, UTC } from "../src/page/time-zone.js";

const NOW = Date.parse("2026-01-15T14:30:00Z");
const facts: MarketFacts = {
  refusal: undefined,
  hasPrice: true,
  hasEnded: false,
  isDelayed: false,
  isOpen: true,
  updatedAt: NOW,
  now: NOW,
  formatTime: (ms) => UTC.formatTime(ms),
};

describe("the status of a market", () => {
  test.each<[string, Partial<MarketFacts>]>([
    ["Live", {}],
    ["No data", { refusal: "Unknown symbol", hasPrice: false }],
    ["Ended", { hasEnded: true, hasPrice: false }],
    ["Ended", { hasEnded: true, isOpen: false }],
    ["Loading", { hasPrice: false }],
    ["Closed", { isOpen: false, updatedAt: 0 }],
    ["Live", { now: NOW + STALE_AFTER_MS - 1 }],
    ["Stale since 14:30:00", { now: NOW + STALE_AFTER_MS, isDelayed: true }],
    ["Delayed", { isDelayed: true }],
  ])("is %s for %j", (label, changes) => {
    expect(marketStatus({ ...facts, ...changes }).label).toBe(label);
  });

  test("has the reason of a refusal", () => {
    expect(marketStatus({ ...facts, refusal: "Sign in first." }).detail).toBe("Sign in first.");
  });
});

describe("trading hours", () => {
  const newYork = new TimeZone("America/New_York");

  test.each<[string, string, boolean]>([
    ["24x7", "2026-01-17T03:00:00Z", true],
    ["0930-1600", "2026-01-15T14:29:59Z", false],
    ["0930-1600", "2026-01-15T14:30:00Z", true],
    ["0930-1600", "2026-01-15T20:59:59Z", true],
    ["0930-1600", "2026-01-15T21:00:00Z", false],
    // In summer the clocks are an hour ahead.
    ["0930-1600", "2026-07-15T13:30:00Z", true],
    // A Saturday.
    ["0930-1600:23456", "2026-01-17T15:00:00Z", false],
    ["0930-1600:23456|1000-1100:7", "2026-01-17T15:30:00Z", true],
    // From Sunday evening to Monday is Monday's session.
    ["1700-1600:23456", "2026-01-18T22:30:00Z", true],
    ["1700-1600:23456", "2026-01-16T22:30:00Z", false],
    ["0000-0000", "2026-01-17T03:00:00Z", true],
    ["whenever", "2026-01-17T03:00:00Z", true],
  ])("%s at %s: open is %s", (session, time, isOpen) => {
    expect(isOpenAt(session, newYork, Date.parse(time))).toBe(isOpen);
  });
});
