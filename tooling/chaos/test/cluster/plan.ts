import fc from "fast-check";
import { TOPICS } from "./routes.js";

export const NODES = 3;
export const CLIENTS = 6;

const node = fc.nat(NODES - 1);
const client = fc.nat(CLIENTS - 1);
/** The time that a fault lasts, in milliseconds: less than what nodes wait for, or more. */
const ms = fc.oneof(fc.integer({ min: 20, max: 400 }), fc.integer({ min: 400, max: 2_500 }));

function step<Name extends string, Fields extends object>(
  does: Name,
  fields: { [Key in keyof Fields]: fc.Arbitrary<Fields[Key]> },
) {
  return fc.record({ does: fc.constant(does), ...fields }) as fc.Arbitrary<{ readonly does: Name } & Readonly<Fields>>;
}

/** A fault. All but two last for a while, in which the next ones begin. */
const fault = fc.oneof(
  // SIGKILL. Another node takes its place.
  { weight: 5, arbitrary: step("kill node", { node, ms: fc.nat(600) }) },
  // SIGSTOP, then SIGCONT.
  { weight: 4, arbitrary: step("stop node", { node, ms }) },
  // Its connection to Redis is reset, and refused for a while.
  { weight: 3, arbitrary: step("cut node off", { node, ms }) },
  // Its connection to Redis stays open and delivers nothing, in both directions or in one.
  {
    weight: 3,
    arbitrary: step("black hole", {
      node,
      ms,
      towards: fc.constantFrom("client" as const, "server" as const, undefined),
    }),
  },
  { weight: 2, arbitrary: step("reset connection", { node }) },
  { weight: 2, arbitrary: step("slow connection", { node, ms, delayMs: fc.integer({ min: 50, max: 400 }) }) },
  // SIGKILL. It starts again, empty.
  { weight: 2, arbitrary: step("kill Redis", { ms }) },
  { weight: 2, arbitrary: step("stop Redis", { ms }) },
  { weight: 1, arbitrary: step("empty Redis", {}) },
  // A replica that was cut off for a while is promoted. One of the nodes may stay with the earlier primary for a while.
  { weight: 2, arbitrary: step("fail over", { ms, late: fc.option(node, { nil: undefined }), lateMs: ms }) },
);

const other = fc.oneof(
  { weight: 4, arbitrary: step("wait", { ms: fc.nat(700) }) },
  // The client's connection is lost, and it connects to another node.
  { weight: 3, arbitrary: step("move client", { client }) },
  // All clients connect to other nodes, as when a node is replaced.
  { weight: 1, arbitrary: step("move all", {}) },
  // Subscribes or stops.
  { weight: 3, arbitrary: step("toggle", { client, topic: fc.nat(TOPICS.length - 1) }) },
  // A node stops in an orderly way, and another one takes its place.
  { weight: 1, arbitrary: step("replace node", { node }) },
);

type StepOf<Arbitrary> = Arbitrary extends fc.Arbitrary<infer Value> ? Value : never;
export type FaultStep = StepOf<typeof fault>;
/** One step of a plan, as plain data, so that it can be printed. */
export type Step = FaultStep | StepOf<typeof other>;

/** Generates rounds from a seed, with a number of faults each, and up to three other steps before each fault. */
export function planOf(seed: number, rounds: number, faults: number): Step[][] {
  const part = fc.tuple(fc.array(other, { maxLength: 3 }), fault).map(([others, fault]): Step[] => [...others, fault]);
  const round = fc.array(part, { minLength: faults, maxLength: faults, size: "max" }).map((parts) => parts.flat());
  return fc.sample(round, { seed, numRuns: rounds });
}
