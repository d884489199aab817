import { expect, test } from "vitest";
import { Verdict } from "../../src/verdict.js";
import { histories, OPENING, type Step } from "./steps.js";
import { Tally } from "./tally.js";
import { World } from "./world.js";

/** Number of network faults. CHAOS_SEED repeats the same histories, but not the timing of the network. */
const FAULTS = Number(process.env.CHAOS_FAULTS ?? (process.env.NEW_SEEDS === "true" ? 200 : 100));
const SEED = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 31));
const FAULTS_PER_HISTORY = 10;

/** Events that must occur: without them, the zero counts would prove nothing. */
const EXPECTED = [
  ...["news", "snapshot", "recovered", "gap in a run", "gap into another run", "error source_ended", "keys compared"],
  ...["lost with 1006", "lost with 1012", "lost with 4101"],
];

test(`${FAULTS} faults, with restarts, floods and resubscribes, lose no update without a reported gap`, {
  timeout: 300_000 + FAULTS * 2_000,
}, async () => {
  const sum = new Verdict();
  const steps = new Tally();
  const events = new Tally();
  const random = histories(SEED, Math.ceil(FAULTS / FAULTS_PER_HISTORY), FAULTS_PER_HISTORY);
  for (const [index, history] of [OPENING, ...random].entries()) {
    const world = await World.start(events);
    const done: Step[] = [];
    try {
      for (const step of history) {
        done.push(step);
        steps.count("fault" in step ? step.fault.does : step.does);
        const isDone = world.take(step);
        if (isDone !== undefined) await isDone;
      }
      sum.add(await world.settle());
    } catch (cause) {
      throw new Error(`History ${index} of seed ${SEED}:\n${done.map((step) => JSON.stringify(step)).join("\n")}`, {
        cause,
      });
    } finally {
      await world.close();
    }
  }
  console.log(`chaos: ${FAULTS} faults, seed ${SEED}\n  steps: ${steps}\n  events: ${events}\n  ${sum.summary}`);
  expect(sum).toMatchObject({ violations: [], silentGaps: 0, unknown: 0, needless: 0 });
  expect(EXPECTED.filter((event) => events.of(event) === 0)).toEqual([]);
});
