import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { bundleProgram } from "../../../src/bundle-program.mjs";
import { hasRedis } from "../../../src/redis/redis-server.mjs";
import { Verdict } from "../../src/verdict.js";
import { Tally } from "../histories/tally.js";
import { ChaosCluster } from "./chaos-cluster.js";
import { planOf, type Step } from "./plan.js";

/** Number of faults. CHAOS_SEED repeats the same plan, but not the timing of processes and of the network. */
const FAULTS = Number(process.env.CHAOS_FAULTS ?? 100);
const SEED = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 31));
const FAULTS_PER_ROUND = 10;

/** Events that must occur: without them, the zero counts would prove nothing. */
const EXPECTED = [
  "recovered",
  "snapshot",
  "gap into another run",
  "ended as moved",
  "ended as owner_lost",
  "frames compared",
];

test.skipIf(!hasRedis).for([false, true])(
  `three servers on Redis lose nothing silently, repeat nothing and come to rest, with ${FAULTS} faults (CHAOS_SEED=${SEED}), with a Sentinel: %s`,
  { timeout: 300_000 + FAULTS * 10_000 },
  async (hasSentinel) => {
    const folder = mkdtempSync(join(tmpdir(), "chaos-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const program = await bundleProgram(fileURLToPath(new URL("node/main.ts", import.meta.url)), folder);
    const [steps, events, sum] = [new Tally(), new Tally(), new Verdict()];
    const cluster = await ChaosCluster.start({ program, tally: events, hasSentinel });
    onTestFinished(() => cluster.close());
    const rounds = planOf(SEED, Math.ceil(FAULTS / FAULTS_PER_ROUND), FAULTS_PER_ROUND);
    for (const [index, round] of rounds.entries()) {
      const done: Step[] = [];
      try {
        await cluster.begin();
        for (const step of round) {
          done.push(step);
          steps.count(step.does);
          await cluster.take(step);
        }
        sum.add(await cluster.settle());
      } catch (cause) {
        const text = done.map((step) => JSON.stringify(step)).join("\n");
        throw new Error(`Round ${index} of CHAOS_SEED=${SEED}:\n${text}`, { cause });
      }
    }
    console.log(`cluster: ${FAULTS} faults, seed ${SEED}\n  steps: ${steps}\n  events: ${events}\n  ${sum.summary}`);
    expect(sum).toMatchObject({ violations: [], silentGaps: 0, unknown: 0, needless: 0 });
    if (FAULTS >= 100) expect(EXPECTED.filter((event) => events.of(event) === 0)).toEqual([]);
  },
);
