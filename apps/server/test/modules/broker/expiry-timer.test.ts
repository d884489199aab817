import { ManualClock } from "@trading/ws-server/testing";
import { expect, test } from "vitest";
import { ExpiryTimer } from "../../../src/modules/broker/expiry-timer.js";
import { JumpingClock } from "../../jumping-clock.js";
import { order } from "./rows.js";

const HOUR_MS = 3_600_000;

test("expires orders when the first one is due, and waits for the next", async () => {
  const clock = new ManualClock(0);
  const calls: number[] = [];
  const due = [2 * HOUR_MS, undefined];
  const timer = new ExpiryTimer(clock, async () => {
    calls.push(clock.now());
    return calls.length === 1 ? 500 : due.shift();
  });
  timer.add([order({ expiresAt: 500 }), order({ expiresAt: 100 }), order(), order({ status: 1, expiresAt: 50 })]);
  const advance = async (ms: number) => {
    clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  await advance(99);
  expect(calls).toEqual([]);
  await advance(1);
  expect(calls).toEqual([100]);
  await advance(400);
  expect(calls).toEqual([100, 500]);
  // Nothing is sent to the broker before.
  await advance(2 * HOUR_MS - 501);
  expect(calls).toEqual([100, 500]);
  await advance(1);
  expect(calls).toEqual([100, 500, 2 * HOUR_MS]);
  timer.replace([order({ expiresAt: 2 * HOUR_MS + 10 })]);
  timer.close();
  await advance(HOUR_MS);
  expect(calls).toHaveLength(3);
});

test.each([
  ["was suspended for eight hours", 8 * HOUR_MS, 10_000],
  ["had its clock set back by an hour", -HOUR_MS, 2 * HOUR_MS + 10_000],
])("expires orders within ten seconds after the computer %s", async (_name, jumpMs, latestMs) => {
  const clock = new JumpingClock(0);
  const calls: number[] = [];
  const timer = new ExpiryTimer(clock, async () => {
    calls.push(clock.now());
    return undefined;
  });
  timer.add([order({ expiresAt: HOUR_MS })]);
  clock.jump(jumpMs);
  clock.advance(latestMs);
  expect(calls).toHaveLength(1);
  expect(calls[0]).toBeGreaterThanOrEqual(HOUR_MS);
  expect(clock.pending).toBe(0);
});
