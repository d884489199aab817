import { expect, test } from "vitest";
import { lineLogger } from "../src/index.js";

function setup(level: "debug" | "warn" | "silent") {
  const lines: string[] = [];
  return { lines, logger: lineLogger(level, (line) => lines.push(line)) };
}

test("writes one JSON object a line, from its level on", () => {
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

test("text from outside can neither forge a line nor drive a terminal", () => {
  const { lines, logger } = setup("debug");
  const hostile = 'a\n{"level":"error"}\r\u001b[2J\u007f\u009b31m';
  logger.info(hostile, { hostile });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[\x20-\x7e]*\n$/);
  expect(JSON.parse(lines[0] as string)).toMatchObject({ message: hostile, hostile });
});

test("errors come with their stack and cause nothing when they cannot be written", () => {
  const { lines, logger } = setup("debug");
  logger.error("a", { error: new RangeError("out") });
  expect(JSON.parse(lines[0] as string).error).toContain("RangeError: out\n    at ");
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  logger.error("b", { cycle, big: 1n });
  expect(lines).toHaveLength(2);
});
