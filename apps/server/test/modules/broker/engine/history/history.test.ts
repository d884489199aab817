import fc from "fast-check";
import { expect, test } from "vitest";
import { rejected } from "../desk.js";
import { checkLaws } from "./laws.js";
import { step } from "./steps.js";
import { World } from "./world.js";

/** 1,000 in CI; ENGINE_RUNS=50000 for more. ENGINE_SEED repeats a run, ENGINE_PATH its shrunk failure: both are printed. */
const RUNS = Number(process.env.ENGINE_RUNS ?? 1_000);
const PATH = process.env.ENGINE_PATH ?? "";
/** Whether a failure is made small, which takes a while. */
const SHRINKS = process.env.ENGINE_SHRINK !== "no";
const SEED = Number(process.env.ENGINE_SEED ?? Math.floor(Math.random() * 2 ** 31));

test(`the books are right after each step of ${RUNS} histories, seed ${SEED}`, () => {
  const seen = {
    steps: 0,
    fills: 0,
    partFills: 0,
    turns: 0,
    bracketFills: 0,
    rejections: 0,
    refusals: new Set<string>(),
  };
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 80, size: "max" }), (steps) => {
      const world = new World();
      for (const next of steps) {
        seen.steps++;
        const before = new Map(world.kept.orders);
        const outcome = world.do(next);
        checkLaws(world, outcome, before);
        for (const { orderId, qty } of outcome.changes.executions) {
          const order = world.kept.orders.get(orderId)!;
          seen.fills++;
          if (qty < order.qty) seen.partFills++;
          if (order.role === "takeProfit" || order.role === "stopLoss") seen.bracketFills++;
        }
        if (outcome.changes.orders.some(({ status }) => status === rejected)) seen.rejections++;
        if (outcome.refusal) seen.refusals.add(outcome.refusal.code);
        const [first, second] = outcome.changes.executions;
        if (first && second?.orderId === first.orderId && first.price === second.price) seen.turns++;
      }
    }),
    { numRuns: RUNS, seed: SEED, path: PATH, endOnFailure: PATH !== "" || !SHRINKS },
  );
  console.log(`engine, seed ${SEED}:`, { ...seen, refusals: [...seen.refusals].sort() });
  if (PATH !== "" || RUNS < 1_000) return;
  // Histories in which nothing happens would show nothing.
  const { refusals, ...counts } = seen;
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(RUNS / 200);
  expect(refusals.size).toBeGreaterThan(7);
});
