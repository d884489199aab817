import { expect, test } from "vitest";
import { lineLogger } from "../../src/index.js";

function setup(level: "debug" | "warn" | "silent") {
  const lines: string[] = [];
  return { lines, logger: lineLogger(level, (line) => lines.push(line)) };
}

test("writes one JSON object per line, from its level up", () => {
  const { lines, logger } = setup("warn");
  logger.debug("no");
  logger.info("no");
  logger.warn("a", { topic: "bars:{}" });
  logger.error("b");
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: "warn", message: "a", topic: "bars:{}" },
    { level: "error", message: "b" },
  ]);
  expect(setup("silent").lines).toEqual([]);
});

test("escapes text so that it can neither forge a line nor control a terminal", () => {
  const { lines, logger } = setup("debug");
  const hostile = 'a\n{"level":"error"}\r\u001b[2J\u007f\u009b31m';
  logger.info(hostile, { hostile });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[\x20-\x7e]*\n$/);
  expect(JSON.parse(lines[0] as string)).toMatchObject({ message: hostile, hostile });
});

test("writes errors with their stack, and does not throw when a line cannot be written", () => {
  const { lines, logger } = setup("debug");
  logger.error("a", { error: new RangeError("out") });
  expect(JSON.parse(lines[0] as string).error).toContain("RangeError: out\n    at ");
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  logger.error("b", { cycle, big: 1n });
  expect(lines).toHaveLength(2);
});

test("shortens texts, lists, members and depth", () => {
  const { lines, logger } = setup("debug");
  let deep: unknown = "end";
  for (let level = 0; level < 100; level++) deep = { deep };
  const wide = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`m${index}`, index]));
  logger.info("x".repeat(10_000), { long: "y".repeat(10_000), deep, wide, list: Array(1_000).fill(1) });
  expect((lines[0] as string).length).toBeLessThan(3_000);
  expect(JSON.parse(lines[0] as string)).toMatchObject({ message: `${"x".repeat(200)}…`, long: `${"y".repeat(200)}…` });
});

test("removes secrets by their name and by their form", () => {
  const { lines, logger } = setup("debug");
  const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl";
  const error = new Error(`bad token ${jwt}`);
  const headers = { authorization: `Bearer ${jwt}`, cookie: "session=opaque" };
  logger.info(`got Bearer ${jwt}`, { token: "opaque", headers, protocols: `trading.v2, bearer.${jwt}`, error });
  expect(lines[0]).not.toContain("opaque");
  expect(lines[0]).not.toContain("c2lnbmF0dXJl");
  expect(JSON.parse(lines[0] as string)).toMatchObject({ message: "got (secret)", token: "(secret)" });
});

test("omits only the member whose getter throws", () => {
  const { lines, logger } = setup("debug");
  const hostile = {
    get trap() {
      throw new Error("no");
    },
    toJSON() {
      throw new Error("no");
    },
    fine: 1,
  };
  logger.info("a", { hostile, date: new Date(0) });
  expect(JSON.parse(lines[0] as string).hostile).toMatchObject({ trap: "(cannot be read)", fine: 1 });
});
