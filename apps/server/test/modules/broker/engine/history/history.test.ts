import fc from "fast-check";
import { expect, test } from "vitest";
import { rejected } from "../session.js";
import { checkInvariants } from "./invariants.js";
import { step } from "./steps.js";
import { World } from "./world.js";

/** The number of histories. ENGINE_SEED repeats a run, and ENGINE_PATH its shrunk failure: both are printed. */
const RUNS = Number(process.env.ENGINE_RUNS ?? (process.env.NEW_SEEDS === "true" ? 1_000 : 400));
const PATH = process.env.ENGINE_PATH ?? "";
/** Whether to shrink a failure, which is slow. */
const SHRINKS = process.env.ENGINE_SHRINK !== "no";
const SEED = Number(process.env.ENGINE_SEED ?? Math.floor(Math.random() * 2 ** 31));

test(`accounts, orders and positions are consistent after each step of ${RUNS} histories, seed ${SEED}`, () => {
  const seen = {
    steps: 0,
    fills: 0,
    partFills: 0,
    reversals: 0,
    bracketFills: 0,
    rejections: 0,
    rejectedCommands: new Set<string>(),
  };
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 80, size: "max" }), (steps) => {
      const world = new World();
      for (const next of steps) {
        seen.steps++;
        const before = new Map(world.stored.orders);
        const outcome = world.do(next);
        checkInvariants(world, outcome, before);
        for (const { orderId, qty } of outcome.changes.executions) {
          const order = world.stored.orders.get(orderId)!;
          seen.fills++;
          if (qty < order.qty) seen.partFills++;
          if (order.role === "takeProfit" || order.role === "stopLoss") seen.bracketFills++;
        }
        if (outcome.changes.orders.some(({ status }) => status === rejected)) seen.rejections++;
        if (outcome.refusal) seen.rejectedCommands.add(outcome.refusal.code);
        const [first, second] = outcome.changes.executions;
        if (first && second?.orderId === first.orderId && first.price === second.price) seen.reversals++;
      }
    }),
    { numRuns: RUNS, seed: SEED, path: PATH, endOnFailure: PATH !== "" || !SHRINKS },
  );
  console.log(`engine, seed ${SEED}:`, { ...seen, rejectedCommands: [...seen.rejectedCommands].sort() });
  if (PATH !== "" || RUNS < 400) return;
  // The histories must include enough of every event.
  const { rejectedCommands, ...counts } = seen;
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(RUNS / 200);
  expect(rejectedCommands.size).toBeGreaterThan(7);
});
