import fc from "fast-check";
import { expect, test } from "vitest";
import { World } from "./world.js";

/** CLIENT_MODEL_RUNS=50000 runs more. CLIENT_MODEL_SEED repeats a run: a failure prints it. */
const RUNS = Number(process.env.CLIENT_MODEL_RUNS ?? (process.env.NEW_SEEDS === "true" ? 5_000 : 2_000));
const SEED = Number(process.env.CLIENT_MODEL_SEED ?? Math.floor(Math.random() * 2 ** 31));

const STEP_NAMES = Object.keys(new World({ isSession: true, seed: 1 }).steps);
/** The steps without which no data arrives, so that half of a history is usual and half of it is trouble. */
const USUAL = ["serve", "serve", "login", "listenPrivate", "listenPublic", "publish"];
const name = fc.oneof(fc.constantFrom(...USUAL), fc.constantFrom(...STEP_NAMES));
const step = fc.tuple(name, fc.nat(100));
const history = fc.record({
  // One server in five speaks the base protocol only.
  isSession: fc.nat(4).map((value) => value > 0),
  seed: fc.integer({ min: 1, max: 2 ** 31 - 2 }),
  steps: fc.array(step, { maxLength: 40, size: "max" }),
});

test(`${RUNS} random histories leave no topic stuck, no data of another user and no timer`, async () => {
  console.log(`client model: ${RUNS} histories, CLIENT_MODEL_SEED=${SEED}`);
  const counts: Record<string, number> = {};
  const seen = { updates: 0, resets: 0 };
  await fc.assert(
    fc.asyncProperty(history, async ({ steps, ...options }) => {
      const world = new World(options);
      for (const [name, variant] of steps) {
        counts[name] = (counts[name] ?? 0) + 1;
        await world.steps[name]?.(variant);
        await world.settle();
      }
      await world.recover();
      await world.close();
      seen.updates += world.seen.updates;
      seen.resets += world.seen.resets;
      expect(world.faults).toEqual([]);
    }),
    { numRuns: RUNS, seed: SEED },
  );
  // Every step was taken, so that a renamed or forgotten one is noticed.
  expect(Object.keys(counts).sort()).toEqual([...STEP_NAMES].sort());
  console.log(`client model: ${JSON.stringify({ ...seen, ...counts })}`);
  expect(seen.updates).toBeGreaterThan(RUNS);
  expect(seen.resets).toBeGreaterThan(RUNS / 10);
}, 600_000);
