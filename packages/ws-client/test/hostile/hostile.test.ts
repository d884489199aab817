import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ATTACKS } from "./attacks.js";
import { type Activity, HostileRun } from "./hostile-run.js";

/** CLIENT_HOSTILE_RUNS=500 runs more. CLIENT_HOSTILE_SEED repeats a run: a failure prints it. */
const RUNS = Number(process.env.CLIENT_HOSTILE_RUNS ?? 5);
const SEED = Number(process.env.CLIENT_HOSTILE_SEED ?? Math.floor(Math.random() * 2 ** 31));
const SECONDS = 12;

/** The most that a server can cause in one virtual second, once the first second with its replies to the start has passed. */
const MAX_IN_A_SECOND: Activity = {
  tokens: 8,
  connects: 4,
  frames: 60,
  subscribes: 24,
  // A second of the client can begin within one of the test.
  errors: 202,
  gaps: 8,
  statuses: 60,
};

/** The most that a server can cause in twelve virtual seconds. Errors and heartbeats have a rate, the others a backoff. */
const MAX: Activity = {
  tokens: 30,
  connects: 16,
  frames: 250,
  subscribes: 80,
  errors: 13 * 101,
  gaps: 24,
  statuses: 200,
};

describe("a hostile server", () => {
  test.each(Object.entries(ATTACKS))("%s, and the client's reactions stay bounded", async (name, attack) => {
    const run = new HostileRun(SEED);
    await run.attack(SECONDS, attack);
    const { total, worst, thrown, kept } = run;
    const bytes = [...kept.values()].reduce((sum, length) => sum + length, 0);
    console.log(`hostile server ${name}: ${JSON.stringify({ ...total, bytes, thrown: thrown.length })}`);
    expect(thrown).toEqual([]);
    expect(exceeding(worst, MAX_IN_A_SECOND)).toEqual({});
    expect(exceeding(total, MAX)).toEqual({});
    expect(bytes).toBeLessThanOrEqual(2 ** 26);
  });

  test(`mixes ${RUNS} random attacks`, { timeout: 600_000 }, async () => {
    console.log(`hostile server: ${RUNS} mixed attacks, CLIENT_HOSTILE_SEED=${SEED}`);
    const names = Object.keys(ATTACKS);
    const schedule = fc.array(fc.constantFrom(...names), { minLength: 2, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(schedule, fc.nat(), fc.integer({ min: 1, max: 2_000 }), async (mix, seed, spanMs) => {
        const run = new HostileRun(seed, { maxKnownBytes: 1_000_000 });
        // The attacks take turns, so that each can use the state that another one has left.
        await run.attack(SECONDS, (server, socket) => {
          const name = mix[Math.floor(server.turn / spanMs) % mix.length] as string;
          ATTACKS[name]?.(server, socket);
        });
        expect(run.thrown).toEqual([]);
        expect(exceeding(run.total, MAX)).toEqual({});
        for (const length of run.kept.values()) expect(length).toBeLessThanOrEqual(1_000_000);
        expect(run.clock.pending).toBe(0);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});

/** Returns the numbers that exceed their limits. */
function exceeding(activity: Activity, limits: Activity): Partial<Activity> {
  const entries = Object.entries(activity) as [keyof Activity, number][];
  return Object.fromEntries(entries.filter(([name, value]) => value > limits[name]));
}
