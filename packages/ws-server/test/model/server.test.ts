import fc from "fast-check";
import { expect, test } from "vitest";
import { turn } from "../helpers/event-loop.js";
import { ROUTE_NAMES } from "./routes.js";
import { LINGER_MS, NAMES, type Outcome, World } from "./world.js";

/** MODEL_RUNS=50000 runs more. MODEL_SEED repeats a run and MODEL_PATH its shrunk failure: a failure prints both. */
const RUNS = Number(process.env.MODEL_RUNS ?? (process.env.NEW_SEEDS === "true" ? 5_000 : 1_500));
const PATH = process.env.MODEL_PATH ?? "";
const SEED = Number(process.env.MODEL_SEED ?? Math.floor(Math.random() * 2 ** 31));

const slot = fc.nat(2);
const route = fc.constantFrom(...ROUTE_NAMES);
// Weighted so that most steps affect the same topic.
const name = fc.constantFrom(...NAMES, NAMES[0] as string, NAMES[0] as string);
const id = fc.constantFrom("x", "y", "z");
const outcome = fc.constantFrom<Outcome>("ok", "ok", "ok", "fails", "refuses");

/** A step of a history, as plain data, so that fast-check can shrink and print failures. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant("subscribe" as const),
      slot,
      route,
      name,
      resume: fc.constantFrom("no", "no", "right", "stale", "ahead", "other"),
    }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("unsubscribe" as const), slot, route, name }) },
  {
    weight: 8,
    arbitrary: fc.record({
      does: fc.constant("publish" as const),
      route,
      name,
      id,
      n: fc.nat(6),
      done: fc.boolean(),
      count: fc.constantFrom(1, 1, 2, 7, 40),
      fromOutside: fc.boolean(),
    }),
  },
  { weight: 8, arbitrary: fc.record({ does: fc.constant("settle" as const), index: fc.nat(8), outcome }) },
  { weight: 5, arbitrary: fc.record({ does: fc.constant("turn" as const) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("microtask" as const) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("stall" as const), slot }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("drain" as const), slot }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("disconnect" as const), slot }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("end" as const), route, name }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("publish wrong" as const), route, name }) },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constant("advance" as const), ms: fc.constantFrom(1, 200, 400, LINGER_MS, 2_500) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

function resumeOf(world: World, wanted: Extract<Step, { does: "subscribe" }>) {
  const memory = world.memory(wanted.slot, wanted.route, wanted.name);
  if (wanted.resume === "no" || memory === undefined) return undefined;
  if (wanted.resume === "stale") return { ...memory, offset: Math.max(0, memory.offset - 4) };
  if (wanted.resume === "ahead") return { ...memory, offset: memory.offset + 9 };
  return wanted.resume === "other" ? { ...memory, epoch: "another" } : memory;
}

async function act(world: World, happens: Step): Promise<void> {
  switch (happens.does) {
    case "subscribe":
      return world.client(happens.slot).ask("subscribe", happens.route, happens.name, resumeOf(world, happens));
    case "unsubscribe":
      return world.client(happens.slot).ask("unsubscribe", happens.route, happens.name);
    case "publish": {
      const { route, name, id, n, done, count, fromOutside } = happens;
      for (let times = 0; times < count; times++)
        world.publish(route, name, { id, n: n + (times % 3), done }, fromOutside);
      return;
    }
    case "publish wrong":
      return world.publishWrong(happens.route, happens.name);
    case "settle":
      return world.settle(happens.index, happens.outcome);
    case "turn":
      return turn();
    case "microtask":
      return;
    case "stall":
      return world.client(happens.slot).client.stall();
    case "drain":
      return world.client(happens.slot).client.drain();
    case "disconnect":
      return world.disconnect(happens.slot);
    case "end":
      return world.end(happens.route, happens.name);
    case "advance":
      return world.advance(happens.ms);
  }
}

test(`${RUNS} random histories leave no gap, no stale state, no request without a reply, and no leak`, {
  timeout: 1_800_000,
}, async () => {
  const seen = { steps: 0, conflated: 0, losses: 0, delivered: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 100, size: "max" }), async (steps) => {
      const world = new World();
      if (PATH !== "") console.log(steps);
      for (const happens of steps) {
        await act(world, happens);
        world.check();
      }
      await world.quiesce();
      await world.close();
      seen.steps += steps.length;
      seen.losses += world.closes.filter((code) => code === 4101).length;
      for (const { conflated, delivered } of world.server.stats().routes) {
        seen.conflated += conflated;
        seen.delivered += delivered;
      }
    }),
    { numRuns: RUNS, seed: SEED, path: PATH, endOnFailure: process.env.MODEL_SHRINK === "no" },
  );
  console.log(`model: seed ${SEED}, ${RUNS} histories: ${JSON.stringify(seen)}`);
  // The run is meaningful only if each of these happened.
  if (RUNS >= 1_000) for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
});
