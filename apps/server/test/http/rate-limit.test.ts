import { ManualClock } from "@trading/ws-server/testing";
import { describe, expect, test } from "vitest";
import { RateLimit } from "../../src/http/rate-limit.js";

describe("a rate limit", () => {
  test("allows a burst, then the sustained rate, for each key separately", () => {
    const clock = new ManualClock();
    const limit = new RateLimit({ perSecond: 2, burst: 5 }, clock);
    const taken = (key: string) => Array.from({ length: 7 }, () => limit.take(key));
    expect(taken("a")).toEqual([0, 0, 0, 0, 0, 500, 500]);
    expect(taken("b")).toEqual([0, 0, 0, 0, 0, 500, 500]);
    clock.advance(499);
    expect(limit.take("a")).toBe(1);
    clock.advance(1);
    expect([limit.take("a"), limit.take("a")]).toEqual([0, 500]);
    clock.advance(60_000);
    expect(taken("a")).toEqual([0, 0, 0, 0, 0, 500, 500]);
  });

  test("does not count refused requests, so that a client that retries is served at the rate", () => {
    const clock = new ManualClock();
    const limit = new RateLimit({ perSecond: 10, burst: 10 }, clock);
    let served = 0;
    for (let ms = 0; ms < 10_000; ms++) {
      if (limit.take("a") === 0) served++;
      clock.advance(1);
    }
    expect(served).toBe(109);
  });

  test("has a state only for keys with recent requests", () => {
    const clock = new ManualClock();
    const limit = new RateLimit({ perSecond: 10, burst: 100 }, clock);
    for (let key = 0; key < 1_000; key++) limit.take(`${key}`);
    expect(limit.size).toBe(1_000);
    clock.advance(11_000);
    limit.take("other");
    expect(limit.size).toBe(1);
  });

  test("has a state for at most 100,000 keys", () => {
    const limit = new RateLimit({ perSecond: 1, burst: 1 }, new ManualClock());
    for (let key = 0; key < 100_500; key++) limit.take(`${key}`);
    expect(limit.size).toBe(100_000);
    // The newest keys keep theirs.
    expect(limit.take("100499")).toBe(1_000);
  });

  test("of 0 is off", () => {
    const limit = new RateLimit({ perSecond: 0, burst: 0 }, new ManualClock());
    for (let count = 0; count < 10_000; count++) expect(limit.take("a")).toBe(0);
    expect(limit.size).toBe(0);
  });
});
