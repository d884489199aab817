import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { startConformanceServer } from "../../harnesses/wire-server/server.mjs";
import { runServer } from "../../src/wire/server/run.js";
import { SERVER_SCENARIOS } from "../../src/wire/server/scenarios.js";
import { type Fault, FaultyProxy } from "./faulty-proxy.js";
import { SERVER_FAULTS } from "./server-faults.js";

let server: Awaited<ReturnType<typeof startConformanceServer>>;
beforeAll(async () => {
  server = await startConformanceServer();
});
afterAll(() => server.close());

async function runThrough(fault: Fault, ids: readonly string[], timeoutMs: number, finished: typeof onTestFinished) {
  const socket = await FaultyProxy.start(server.url, fault);
  const control = await FaultyProxy.start(server.control, fault);
  finished(async () => {
    await socket.close();
    await control.close();
  });
  const scenarios = SERVER_SCENARIOS.filter(({ id }) => ids.includes(id));
  const urls = { url: socket.url("ws", "/api/v1/ws"), control: control.url("http", "/control") };
  return runServer({ ...urls, scenarios, timeoutMs, concurrency: 4 });
}

// Most faults fail by a frame. A few fail by a frame that does not come: that takes the time limit.
test.concurrent.for(SERVER_FAULTS)(
  "a server that $name is caught by $caughtBy",
  async (fault, { expect, onTestFinished }) => {
    const { results } = await runThrough(fault, [fault.caughtBy], 1_500, onTestFinished);
    expect(results.map(({ id, status }) => [id, status])).toEqual([[fault.caughtBy, "failed"]]);
  },
);

test("a proxy without a fault passes the scenarios that catch faults", async () => {
  const ids = SERVER_FAULTS.map(({ caughtBy }) => caughtBy);
  const { results, verdict } = await runThrough({ name: "none", caughtBy: "" }, ids, 60_000, onTestFinished);
  expect(results.filter(({ status }) => status !== "passed").map(({ id, detail }) => `${id}: ${detail}`)).toEqual([]);
  expect(verdict).toBe("conforms");
});
