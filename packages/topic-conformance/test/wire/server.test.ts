import { afterAll, beforeAll, expect, test } from "vitest";
import { startConformanceServer } from "../../harnesses/wire-server/server.mjs";
import { runServer } from "../../src/wire/server/run.js";

let server: Awaited<ReturnType<typeof startConformanceServer>>;
beforeAll(async () => {
  server = await startConformanceServer();
});
afterAll(() => server.close());

test("the server of this repository passes every scenario", async () => {
  const report = await runServer({ url: server.url, control: server.control, timeoutMs: 60_000, concurrency: 6 });
  const differences = report.results.filter(({ status }) => status !== "passed");
  expect(differences).toEqual([]);
  expect(report.notes).toEqual([]);
  expect(report.verdict).toBe("conforms");
});
