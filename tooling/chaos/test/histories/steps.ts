import fc from "fast-check";
import type { Fault } from "../../src/index.js";
import { ROUTE_NAMES } from "./routes.js";

export const APPLICATIONS = 3;
export const NAMES = ["a", "b"] as const;

const route = fc.constantFrom(...ROUTE_NAMES, "log" as const);
const name = fc.constantFrom(...NAMES);
const application = fc.nat(APPLICATIONS - 1);
const side = fc.constantFrom("client" as const, "server" as const);
const towards = fc.option(side, { nil: undefined }).map((given) => (given === undefined ? {} : { towards: given }));
const by = fc.constantFrom("FIN" as const, "RST" as const);
const bytes = fc.oneof(fc.constant(0), fc.nat(300), fc.nat(10_000));

const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.tuple(fc.nat(30), towards).map(([ms, at]) => ({ does: "delay" as const, ms, ...at })),
  fc.tuple(bytes, by, towards).map(([afterBytes, by, at]) => ({ does: "cut" as const, afterBytes, by, ...at })),
  towards.map((at) => ({ does: "black hole" as const, ...at })),
  side.map((towards) => ({ does: "half-close" as const, towards })),
  towards.map((at) => ({ does: "byte by byte" as const, ...at })),
  towards.map((at) => ({ does: "hold" as const, ...at })),
);

/**
 * A network fault on one connection, on all, on the next, or on the port. A stall holds all connections until a client has
 * given up, so that stale data can still arrive.
 */
const networkStep = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant("break one" as const), fault, which: fc.nat(9) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant("break all" as const), fault }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("break next" as const), fault }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("refuse" as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("stall" as const), route, name }) },
);

/** A step other than a network fault. */
const otherStep = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      does: fc.constant("publish" as const),
      route,
      name,
      key: fc.constantFrom("x", "y", "z"),
      count: fc.constantFrom<number>(1, 5, 20, 50),
    }),
  },
  // Exceeds both the outbound buffer limit of a connection and the updates that the log keeps.
  { weight: 1, arbitrary: fc.record({ does: fc.constant("flood" as const), route, name, isRead: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant("subscribe" as const), application, route, name }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("stop" as const), application, index: fc.nat(5) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant("resubscribe" as const),
      application,
      index: fc.nat(5),
      turns: fc.nat(4),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("reload" as const), application }) },
  { weight: 5, arbitrary: fc.record({ does: fc.constant("turns" as const), count: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("reconnect" as const) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("wait for reconnect" as const) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("release" as const) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant("settle" as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("end topic" as const), route, name }) },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant("restart" as const),
      // 0 closes immediately; otherwise the old server drains while the new one already runs.
      drainMs: fc.constantFrom(0, 0, 20),
      lifespanMs: fc.constantFrom(0, 250),
      // Sudden resets all connections without a close frame, as when the process dies.
      isSudden: fc.boolean(),
    }),
  },
);

/** One step of a history, as plain data, so that it can be printed. */
export type Step =
  typeof networkStep extends fc.Arbitrary<infer Network>
    ? typeof otherStep extends fc.Arbitrary<infer Other>
      ? Network | Other
      : never
    : never;

const RESET: Step = { does: "break all", fault: { does: "cut", afterBytes: 0, by: "RST" } };
const SETTLE: Step = { does: "settle" };
const UNNOTICED: Step = { does: "break one", fault: { does: "black hole", towards: "server" }, which: 0 };
const WAIT: Step = { does: "wait for reconnect" };
const LOG = { route: "log", name: NAMES[0] } as const;

function publish(count: number): Step {
  return { does: "publish", ...LOG, key: "x", count };
}

/** The fixed first history. It covers the events that a random one could miss and without which the zero counts prove nothing. */
export const OPENING: readonly Step[] = [
  // First misses fewer updates than the log keeps, then more.
  ...[RESET, publish(20), SETTLE],
  ...[RESET, publish(50), publish(50), SETTLE],
  ...[{ does: "flood", ...LOG, isRead: false } as const, SETTLE],
  // The second breaks another connection: the server still holds the first, which its client has left.
  ...[UNNOTICED, WAIT, UNNOTICED, WAIT, SETTLE],
  ...[{ does: "stall", ...LOG } as const, publish(20), { does: "release" } as const, SETTLE],
  ...[0, 1, 2, 3].flatMap((turns) => [{ does: "resubscribe", application: 0, index: 0, turns } as const, SETTLE]),
  ...[{ does: "end topic", ...LOG } as const, SETTLE],
  ...[{ does: "restart", drainMs: 0, lifespanMs: 0, isSudden: false } as const, SETTLE],
  ...[{ does: "restart", drainMs: 20, lifespanMs: 0, isSudden: false } as const, SETTLE],
  ...[{ does: "restart", drainMs: 0, lifespanMs: 0, isSudden: true } as const, SETTLE],
  ...[{ does: "reload", application: 0 } as const, SETTLE],
];

/** Generates `count` random histories from a seed, with `faults` network faults each. */
export function histories(seed: number, count: number, faults: number): Step[][] {
  const part = fc
    .tuple(fc.array(otherStep, { minLength: 3, maxLength: 20, size: "max" }), networkStep)
    .map(([others, fault]): Step[] => [...others, fault]);
  const history = fc.array(part, { minLength: faults, maxLength: faults, size: "max" }).map((parts) => parts.flat());
  return fc.sample(history, { seed, numRuns: count });
}
