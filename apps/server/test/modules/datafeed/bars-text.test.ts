import type { Bar } from "@trading/topic";
import { expect, test } from "vitest";
import { writeBars } from "../../../src/modules/datafeed/bars-text.js";
import { TurnQueue } from "../../../src/modules/datafeed/turn-queue.js";

/** Returns bars that record in which turn of the event loop each was read. */
function recordedBars(count: number) {
  let turn = 0;
  let immediate = setImmediate(function next() {
    turn++;
    immediate = setImmediate(next);
  });
  const inTurn = new Map<number, number>();
  const bars = Array.from({ length: count }, (_, time): Bar => {
    const rest = { open: 1, high: 3, low: 0.5, close: 2.25, volume: 7 };
    return {
      get time() {
        inTurn.set(turn, (inTurn.get(turn) ?? 0) + 1);
        return time;
      },
      ...rest,
    };
  });
  return { bars, inTurn, stop: () => clearImmediate(immediate) };
}

test.each([0, 1, 499, 500, 501, 5_000])("writes %i bars as JSON", async (count) => {
  const { bars, stop } = recordedBars(count);
  const turns = new TurnQueue();
  expect(JSON.parse(String(await writeBars({ bars }, turns)))).toEqual({ bars: bars.map((bar) => ({ ...bar })) });
  expect(JSON.parse(String(await writeBars({ bars: [], nextTime: null }, turns)))).toEqual({
    bars: [],
    nextTime: null,
  });
  stop();
});

test("writes at most 500 bars of all later parts in one turn of the event loop", async () => {
  const { bars, inTurn, stop } = recordedBars(5_000);
  const turns = new TurnQueue();
  await Promise.all([writeBars({ bars }, turns), writeBars({ bars }, turns)]);
  stop();
  const counts = [...inTurn.values()];
  expect(counts.reduce((sum, count) => sum + count)).toBe(10_000);
  // The first parts of both are in the turn of their calls.
  expect(counts[0]).toBe(1_000);
  expect(Math.max(...counts.slice(1))).toBe(500);
});
