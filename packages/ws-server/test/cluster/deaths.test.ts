import { expect, test } from "vitest";
import { Deaths } from "../../src/cluster/deaths.js";
import { DEFAULT_TIMINGS } from "../../src/cluster/timings.js";
import { ManualClock } from "../../src/testing/index.js";
import { turns } from "../helpers/event-loop.js";

/** A bus on which no node is alive. */
function setup() {
  const clock = new ManualClock();
  const bus = { isUp: true, isAlive: async () => false };
  const deaths = new Deaths({ bus: bus as never, clock, timings: DEFAULT_TIMINGS });
  const look = async (node: string) => {
    let isDead = false;
    deaths.look(node, () => (isDead = true));
    await turns();
    return isDead;
  };
  return { clock, deaths, look };
}

test("a node is dead at the second look", async () => {
  const { clock, deaths, look } = setup();
  expect([await look("n"), deaths.isSuspect("n")]).toEqual([false, true]);
  clock.advance(DEFAULT_TIMINGS.graceMs);
  expect(await look("n")).toBe(true);
});

test("the thousand nodes that were looked at last are remembered", async () => {
  const { deaths, look } = setup();
  for (let node = 1; node <= 1_000; node++) deaths.look(`n${node}`, () => {});
  await turns();
  expect(deaths.isSuspect("n1")).toBe(true);
  await look("n1");
  await look("n1001");
  await look("n1002");
  const remembered = ["n1", "n2", "n3", "n4", "n1001", "n1002"].filter((node) => deaths.isSuspect(node));
  expect(remembered).toEqual(["n1", "n4", "n1001", "n1002"]);
});
