import { lineLogger, systemClock, systemRandom } from "@trading/ws-server";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../src/app.js";
import { accessByClaims } from "../../src/auth/access.js";
import { demoRest } from "../../src/auth/demo.js";
import { documentedModules } from "../../src/documents/documented-modules.js";
import { problemSchema } from "../../src/http/problem-schema.js";
import {
  type Document,
  hostileBodies,
  type Operation,
  type Reply,
  type Request,
  requestsOf,
  Sender,
} from "./requests.js";
import type { Known } from "./schema-arbitrary.js";

const RUNS = Number(process.env.FUZZ_RUNS ?? (process.env.NEW_SEEDS === "true" ? 100 : 40));
const SEED = Number(process.env.FUZZ_SEED ?? 5);

const ACCOUNT = "TEST-001";

/** Valid values, so that some requests pass validation and reach the handlers. */
const KNOWN: Known = {
  accountId: [ACCOUNT],
  symbol: ["AAPL", "MSFT", "NOPE"],
  symbols: ["AAPL", "NOPE"],
  id: ["1", "NOPE"],
  // Long histories are slow.
  countBack: [0, 1, 300],
  qty: [1, 10],
  limitPrice: [100, 1_000],
  stopPrice: [100, 1_000],
  takeProfit: [2_000],
  stopLoss: [50],
};

/** Statuses of requests that are rejected before a handler runs. */
const REJECTED_EARLY = new Set([400, 401, 413, 414, 415, 429]);

const signing = { secret: "s".repeat(32), algorithm: "HS256", issuer: "", audience: "" } as const;
const loggedErrors: string[] = [];

// All modules of the list, so that new ones are fuzzed, too.
const app = await createApp({
  modules: await documentedModules(),
  access: accessByClaims(() => Promise.reject(new Error("invalid token")), new Set([ACCOUNT])),
  authRest: (rest) => demoRest(rest, { signing, clock: systemClock, random: systemRandom }),
  clock: systemClock,
  logger: lineLogger("error", (line) => void loggedErrors.push(line)),
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

/** Checks the properties of every reply. */
function check({ status, headers, text }: Reply, { responses }: Pick<Operation, "responses">): void {
  expect(loggedErrors).toEqual([]);
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
  test("includes several endpoints", () => {
    expect(operations.length).toBeGreaterThan(5);
  });

  test.each(operations)(
    "$method $path replies to every request without an internal error",
    async ({ method, path, operation }) => {
      const statuses = new Map<number, number>();
      const requests = requestsOf(path, operation, KNOWN, components.schemas);
      const property = fc.asyncProperty(requests, async (request: Request) => {
        const reply = await sender.send(method, request);
        statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
        check(reply, operation);
      });
      await fc.assert(property, { numRuns: RUNS, seed: SEED });
      // Some requests passed validation.
      expect([...statuses.keys()].filter((status) => !REJECTED_EARLY.has(status))).not.toEqual([]);
      if (process.env.FUZZ_VERBOSE) console.log(method, path, Object.fromEntries(statuses));
    },
  );
});

const withBody = operations.filter(({ operation }) => operation.requestBody !== undefined);

test("several endpoints have a body", () => {
  expect(withBody.length).toBeGreaterThan(5);
});

test.each(withBody)(
  "$method $path rejects objects that cannot be converted in every member, and names it",
  async ({ method, path, operation }) => {
    const address = `${path.replace(/\{\w+\}/g, "1")}?accountId=${ACCOUNT}`;
    for (const body of hostileBodies(operation, components.schemas)) {
      const reply = await sender.send(method, {
        path: address,
        headers: { "content-type": "application/json" },
        body,
      });
      check(reply, operation);
    }
  },
);

describe("other paths", () => {
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

  test("get a reply without an internal error, with any method", async () => {
    const property = fc.asyncProperty(
      fc.oneof(address, fc.constantFrom(...Object.keys(paths))),
      fc.constantFrom(...methods),
      fc.constantFrom("", "{}", "{"),
      async (path, method, body) => {
        const reply = await sender.send(method, { path, headers: { "content-type": "application/json" }, body });
        // The page, which may not be built, and replies without a body.
        if (reply.headers["content-type"]?.startsWith("text/") || method === "HEAD") {
          expect([200, 302, 400, 404, 405, 503]).toContain(reply.status);
        } else if (reply.status >= 400) check(reply, { responses: {} });
      },
    );
    await fc.assert(property, { numRuns: 3 * RUNS, seed: SEED });
  });
});
