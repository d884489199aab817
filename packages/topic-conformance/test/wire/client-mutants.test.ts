import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runClient } from "../../src/wire/client/run.js";
import { CLIENT_SCENARIOS } from "../../src/wire/client/scenarios.js";
import { bundle } from "../support/bundle.js";
import { CLIENT_FAULTS } from "./client-faults.js";

let client: Awaited<ReturnType<typeof bundle>>;
let faulty: Awaited<ReturnType<typeof bundle>>;
beforeAll(async () => {
  client = await bundle("harnesses/wire-client/client.mjs");
  faulty = await bundle("test/wire/faulty-client.ts");
});
afterAll(() => {
  rmSync(client.folder, { recursive: true });
  rmSync(faulty.folder, { recursive: true });
});

/** Runs each scenario with a fault, all in one process. */
function runWith(faults: readonly { readonly name: string; readonly caughtBy: string }[], timeoutMs: number) {
  const scenarios = faults.map(({ name, caughtBy }) => {
    const scenario = CLIENT_SCENARIOS.find(({ id }) => id === caughtBy);
    if (scenario === undefined) throw new Error(`Unknown scenario "${caughtBy}" of the fault "${name}"`);
    const run: typeof scenario.run = (context) => {
      context.send({ type: "fault", name });
      return scenario.run(context);
    };
    return { ...scenario, run };
  });
  const command = [process.execPath, faulty.file, process.execPath, client.file];
  return runClient({ command, scenarios, timeoutMs, helloTimeoutMs: 60_000 });
}

test("every fault is caught by the scenario that names it", async () => {
  // Most faults fail by a frame. A few fail by a frame that does not come: that takes the time limit, so four processes wait.
  const groups = [0, 1, 2, 3].map((group) => CLIENT_FAULTS.filter((_, index) => index % 4 === group));
  const reports = await Promise.all(groups.map((faults) => runWith(faults, 2_500)));
  const outcomes = groups.flatMap((faults, group) =>
    faults.map(({ name }, index) => `${name}: ${reports[group]?.results[index]?.status}`),
  );
  expect(outcomes).toEqual(groups.flat().map(({ name }) => `${name}: failed`));
});

test("a client without a fault passes the same scenarios", async () => {
  const ids = [...new Set(CLIENT_FAULTS.map(({ caughtBy }) => caughtBy))];
  const { results } = await runWith(
    ids.map((caughtBy) => ({ name: "none", caughtBy })),
    60_000,
  );
  expect(results.filter(({ status }) => status !== "passed").map(({ id, detail }) => `${id}: ${detail}`)).toEqual([]);
});
