import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { lowRatio } from "../bench/src/statistics.mjs";
import { LongestTurn } from "../bench/src/turns.mjs";

/** Returns the longest turn of the event loop while `work` blocks it. */
async function longestTurnOf(work: () => void) {
  const longest = new LongestTurn();
  longest.start();
  await nextTurn();
  work();
  await nextTurn();
  await nextTurn();
  return longest.stop();
}

describe("longest turn of the event loop", () => {
  test("includes the CPU time of a blocking turn", async () => {
    const { cpuMs, wallMs } = await longestTurnOf(() => {
      const before = process.cpuUsage();
      const spent = () => process.cpuUsage(before).user + process.cpuUsage(before).system;
      while (spent() < 100_000);
    });
    expect(cpuMs).toBeGreaterThanOrEqual(100);
    expect(wallMs).toBeGreaterThan(0);
  });

  test("includes no CPU time while the thread does not run", async () => {
    const { cpuMs, wallMs } = await longestTurnOf(() => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    });
    expect(wallMs).toBeGreaterThanOrEqual(299);
    expect(cpuMs).toBeLessThan(150);
  });
});

describe("a guarantee about two servers", () => {
  const rounds = Array.from({ length: 40 }, (_, round) => round);

  test("is broken by a server that is slower in each round", () => {
    const ratios = rounds.map((round) => 1.25 + round / 100);
    expect(
      lowRatio(
        ratios,
        rounds.map(() => 1),
      ),
    ).toBeGreaterThan(1.2);
  });

  test("is kept by equal servers on a machine that hits either of them in most rounds", () => {
    const ratios = rounds.map((round) => (round % 8 < 4 ? 3 : round % 8 < 7 ? 1 / 3 : 1));
    expect(
      lowRatio(
        ratios,
        rounds.map(() => 1),
      ),
    ).toBeLessThan(1.2);
  });
});
