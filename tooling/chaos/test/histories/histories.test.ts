import { expect, test } from "vitest";
import { Verdict } from "../../src/verdict.js";
import { histories } from "./steps.js";
import { World } from "./world.js";

/** 200 in CI; CHAOS_FAULTS=2000 for more. CHAOS_SEED repeats the histories, though not the network's timing. */
const FAULTS = Number(process.env.CHAOS_FAULTS ?? 200);
const SEED = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 31));
const FAULTS_A_HISTORY = 10;

test(`${FAULTS} faults, restarts, floods and changes of mind lose nothing that is not told`, {
  timeout: 600_000 + FAULTS * 2_000,
}, async () => {
  const sum = new Verdict();
  const happened = new Map<string, number>();
  let losses = 0;
  for (const [index, steps] of histories(SEED, Math.ceil(FAULTS / FAULTS_A_HISTORY), FAULTS_A_HISTORY).entries()) {
    const world = await World.start();
    const where = () => `history ${index} of seed ${SEED}:\n${steps.map((step) => JSON.stringify(step)).join("\n")}`;
    try {
      for (const step of steps) {
        const what = "fault" in step ? step.fault.does : step.does;
        happened.set(what, (happened.get(what) ?? 0) + 1);
        await world.take(step);
      }
      await world.settle();
      const verdict = world.journal.check();
      if (verdict.violations.length > 0) console.error(`${where()}\n${verdict.violations.slice(0, 20).join("\n")}`);
      sum.add(verdict);
      losses += world.losses;
    } catch (cause) {
      throw new Error(where(), { cause });
    } finally {
      await world.close();
    }
  }
  const kinds = [...happened].map(([what, count]) => `${what} ${count}`).join(", ");
  console.log(`chaos: ${FAULTS} faults, ${losses} connections lost (${kinds})\n${sum.summary}; seed ${SEED}`);
  expect(sum.violations).toEqual([]);
  expect([sum.silentGaps, sum.unknown, sum.log.needless]).toEqual([0, 0, 0]);
  // Histories that break nothing prove nothing.
  if (FAULTS < 100) return;
  expect(losses).toBeGreaterThan(FAULTS / 4);
  for (const count of [sum.log.due, sum.log.covered, sum.keyed.keys, sum.gaps]) expect(count).toBeGreaterThan(0);
});
