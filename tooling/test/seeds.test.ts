import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import { seededProperties, seedOptions, seedVariables } from "../src/seeds.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("every variable from which a test takes its seed is set, unless it was given or new seeds are wanted", () => {
  const files = execFileSync("git", ["ls-files", "*/test/*.ts"], { cwd: root, encoding: "utf8" }).trim().split("\n");
  const read = files.flatMap((file) => [...readFileSync(join(root, file), "utf8").matchAll(/\b[A-Z_]+_SEED\b/g)]);
  const variables = seedVariables({});
  const missing = new Set(read.map(([name]) => name).filter((name) => variables[name] === undefined));
  expect([...missing].filter((name) => !SETTINGS.has(name))).toEqual([]);
  expect(seedVariables({ TOPIC_SEED: "7" })).not.toHaveProperty("TOPIC_SEED");
  expect(seedVariables({ NEW_SEEDS: "true" })).toEqual({});
  expect(seedOptions({})).toEqual(["--seed", variables.TOPIC_SEED]);
  expect(seedOptions({ NEW_SEEDS: "true" })).toEqual([]);
});

/** Variables of the products under test, and one whose default is a fixed seed. */
const SETTINGS: ReadonlySet<string> = new Set(["SIMULATED_SEED", "FLOW_SEED"]);

test("a property without a seed repeats its values", () => {
  const values = () => fc.sample(fc.integer(), 10);
  expect(values()).toEqual(values());
});

test("the plugin leaves properties alone if new seeds are wanted", () => {
  const transform = seededProperties({ NEW_SEEDS: "true" }).transform as (code: string, id: string) => unknown;
  expect(transform('import fc from "fast-check";\n', "/project/test/properties.test.ts")).toBeUndefined();
});
