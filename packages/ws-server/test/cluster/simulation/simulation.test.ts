import { expect, test } from "vitest";
import { FAULTS, type FaultName } from "./faults.js";
import { History, type HistoryOptions } from "./history.js";

const RUNS = Number(process.env.CLUSTER_RUNS ?? (process.env.NEW_SEEDS === "true" ? 300 : 120));
/** Ends a test that hangs, whatever the number of histories. */
const LIMIT_MS = 300_000 + RUNS * 1_000;
const SEED = Number(process.env.CLUSTER_SEED ?? Math.floor(Math.random() * 1e9));

/** Seeds of histories that have found faults. */
const FOUND = [3320, 52_564, 300_957_832, 985_164_273];

/** Options of histories in which the infrastructure has no faults. */
const WITHOUT_FAULTS = { kinds: ["stop", "clients", "interest", "quiet"], faults: 40 } as const;

/** Runs histories one after the other. @throws Error with the seed of the first one that violates a guarantee */
async function runHistories(runs: number, options: Omit<HistoryOptions, "seed">, firstSeed = SEED) {
  const total = { histories: runs, faults: 0, events: 0, published: 0, delivered: 0, gaps: 0, recovered: 0, ended: 0 };
  const seen = new Set<FaultName>();
  for (let index = 0; index < runs; index++) {
    const seed = firstSeed + index;
    const { journal, scheduler, seen: kinds } = await History.run({ ...options, seed });
    for (const [kind, count] of kinds) {
      seen.add(kind);
      total.faults += count;
    }
    total.events += scheduler.events;
    for (const name of ["published", "delivered", "gaps", "recovered", "ended"] as const) total[name] += journal[name];
    if (journal.violations.length > 0) {
      throw new Error(`CLUSTER_SEED=${seed} CLUSTER_RUNS=1: ${journal.violations.join("\n")}`);
    }
  }
  console.log(`cluster: seed ${firstSeed}, ${JSON.stringify(total)}`);
  return { total, seen };
}

test(
  `${RUNS} random histories with faults lose, repeat and reorder nothing, and leave nothing behind`,
  async () => {
    const { total, seen } = await runHistories(RUNS, {});
    expect(total.delivered).toBeGreaterThan(RUNS * 100);
    if (RUNS > 50) expect([...seen].sort()).toEqual(Object.keys(FAULTS).sort());
  },
  LIMIT_MS,
);

test(
  "without faults of the infrastructure two sources of a topic never run at the same time",
  async () => {
    await runHistories(Math.ceil(RUNS / 5), WITHOUT_FAULTS);
  },
  LIMIT_MS,
);

test.each(FOUND)(
  "the histories of seed %i, which has found a fault, lose, repeat and reorder nothing",
  async (seed) => {
    await runHistories(1, {}, seed);
    await runHistories(1, WITHOUT_FAULTS, seed);
  },
);
