import { lineLogger, systemClock, systemRandom } from "@trading/ws-server";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../src/app.js";
import { accessByClaims } from "../../src/auth/access.js";
import { demoRest } from "../../src/auth/demo.js";
import { documentedModules } from "../../src/documents/documented-modules.js";
import { problemSchema } from "../../src/http/problem.js";
import { type Answer, type Asked, type Document, type MonitoringServer, requestsOf, Sender } from "./requests.js";
import type { Known } from "./schema-arbitrary.js";

const RUNS = Number(process.env.FUZZ_RUNS ?? 100);
const SEED = Number(process.env.FUZZ_SEED ?? 5);

const ACCOUNT = "TEST-001";

/** So that requests reach what is behind the checks. */
const KNOWN: Known = {
  accountId: [ACCOUNT],
  symbol: ["AAPL", "MSFT", "NOPE"],
  symbols: ["AAPL", "NOPE"],
  id: ["1", "NOPE"],
  // All of the history takes its time.
  countBack: [0, 1, 300],
  qty: [1, 10],
  limitPrice: [100, 1_000],
  stopPrice: [100, 1_000],
  takeProfit: [2_000],
  stopLoss: [50],
};

/** What is answered before a handler is run. */
const AT_THE_DOOR = new Set([400, 401, 413, 414, 415, 429]);

const signing = { secret: "s".repeat(32), algorithm: "HS256", issuer: "", audience: "" } as const;
const faults: string[] = [];

// Every module of the list, so that what is added to it is fuzzed as well.
const app = await createApp({
  modules: await documentedModules(),
  access: accessByClaims(() => Promise.reject(new Error("nobody")), new Set([ACCOUNT])),
  authRest: (rest) => demoRest(rest, { signing, clock: systemClock, random: systemRandom }),
  clock: systemClock,
  logger: lineLogger("error", (line) => void faults.push(line)),
});
const { paths, components } = app.openApi() as Document;
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
);

let sender: Sender;
beforeAll(async () => {
  sender = new Sender(await app.listen(0, "127.0.0.1"));
});
afterAll(async () => {
  sender[Symbol.dispose]();
  await app.close();
});

/** What must hold whatever was asked. */
function check({ status, headers, text }: Answer, { responses }: Pick<MonitoringServer, "responses">): void {
  expect(faults).toEqual([]);
  expect(status).toBeLessThan(500);
  expect(headers["x-content-type-options"]).toBe("nosniff");
  if (status < 400) {
    expect(Object.keys(responses)).toContain(String(status));
    return;
  }
  expect(headers["content-type"]).toBe("application/problem+json");
  const problem = problemSchema.parse(JSON.parse(text));
  expect(problem.status).toBe(status);
  expect(problem.detail.length).toBeLessThan(1_000);
  expect(text).not.toMatch(/node_modules|\.[jt]s:\d|\n\s+at /);
}

describe(`every endpoint of the OpenAPI document, seed ${SEED}`, () => {
  test("is more than none", () => {
    expect(operations.length).toBeGreaterThan(5);
  });

  test.each(operations)("$method $path answers whatever it is asked", async ({ method, path, operation }) => {
    const statuses = new Map<number, number>();
    const asked = requestsOf(path, operation, KNOWN, components.schemas);
    const property = fc.asyncProperty(asked, async (request: Asked) => {
      const answer = await sender.send(method, request);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      check(answer, operation);
    });
    await fc.assert(property, { numRuns: RUNS, seed: SEED });
    // Some got past the checks.
    expect([...statuses.keys()].filter((status) => !AT_THE_DOOR.has(status))).not.toEqual([]);
    if (process.env.FUZZ_VERBOSE) console.log(method, path, Object.fromEntries(statuses));
  });
});

describe("anything else", () => {
  const word = fc.oneof(
    fc.constantFrom(
      "api",
      "v1",
      "broker",
      "datafeed",
      "auth",
      "health",
      "ws",
      "docs",
      "static",
      "..",
      "%2e%2e",
      "%",
      "%00",
      "*",
    ),
    fc.string({ unit: "grapheme-ascii", maxLength: 12 }).map(encodeURIComponent),
  );
  const address = fc.array(word, { maxLength: 6 }).map((words) => `/${words.join("/")}`);
  const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "PURGE"];

  test("is answered as well, by any method", async () => {
    const property = fc.asyncProperty(
      fc.oneof(address, fc.constantFrom(...Object.keys(paths))),
      fc.constantFrom(...methods),
      fc.constantFrom("", "{}", "{"),
      async (path, method, body) => {
        const answer = await sender.send(method, { path, headers: { "content-type": "application/json" }, body });
        // The page, which may not be built, and replies without a body.
        if (answer.headers["content-type"]?.startsWith("text/") || method === "HEAD") {
          expect([200, 302, 400, 404, 405, 503]).toContain(answer.status);
        } else if (answer.status >= 400) check(answer, { responses: {} });
      },
    );
    await fc.assert(property, { numRuns: 3 * RUNS, seed: SEED });
  });
});
