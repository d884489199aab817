import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createColors } from "picocolors";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Console } from "../src/console.js";
import { generateValue, RandomSource } from "../src/fuzz/generate.js";
import { referenceResult } from "../src/fuzz/reference.js";
import { fuzz } from "../src/fuzz/run.js";
import { shrink } from "../src/fuzz/shrink.js";
import { HARNESSES } from "../src/harnesses.js";
import { startImplementation } from "../src/implementation.js";
import { main } from "../src/main.js";
import { scripted } from "./support/scripted.js";

const node = HARNESSES.find(({ name }) => name === "node")?.command ?? [];
const legacy = HARNESSES.find(({ name }) => name === "legacy")?.command ?? [];
const signal = new AbortController().signal;
const options = { helloTimeoutMs: 60_000, caseTimeoutMs: 60_000, signal };
const SEED = 20261129;

async function run(...args: string[]): Promise<{ readonly code: number; readonly out: readonly string[] }> {
  const out: string[] = [];
  const console: Console = { out: out.push.bind(out), err: () => {}, colors: createColors(false) };
  return { code: await main(["run", "--hello-timeout-ms", "60000", ...args], console, signal), out };
}

describe("random values", () => {
  const kinds = { float: true, bigint: true, loneSurrogate: true };
  const sample = (seed: number) => {
    const random = new RandomSource(seed);
    return Array.from({ length: 2000 }, () => generateValue(random, kinds));
  };

  test("depend on the seed alone", () => {
    expect(sample(SEED)).toEqual(sample(SEED));
    expect(sample(SEED)).not.toEqual(sample(SEED + 1));
  });

  test("are of all kinds, and few of them are refused", () => {
    const values = sample(SEED);
    const text = JSON.stringify(values);
    for (const part of ['{"$float":', '{"$int":', '{"$utf16":', "[", "null", '"__proto__"'])
      expect(text).toContain(part);
    const refused = values.filter((value) => typeof referenceResult(value) !== "string");
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(values.length / 10);
  });

  test("contain only tags of the declared features", () => {
    const random = new RandomSource(SEED);
    const none = { float: false, bigint: false, loneSurrogate: false };
    const values = Array.from({ length: 2000 }, () => generateValue(random, none));
    expect(JSON.stringify(values)).not.toMatch(/"\$(float|int|utf16)":/);
  });
});

describe("a counterexample", () => {
  test("is made as small as possible", async () => {
    const value = { z: [1, { b: ["xx😀yy", { $float: "1.5" }] }], a: { $int: "99999999999999999999" } };
    const contains = (part: string) => async (candidate: unknown) => JSON.stringify(candidate)?.includes(part) ?? false;
    expect(await shrink(value, contains("😀"))).toBe("😀");
    expect(await shrink(value, contains("$float"))).toEqual({ $float: "1.5" });
    expect(await shrink(value, contains('"b"'))).toEqual({ b: "" });
  });
});

test("a run of any length keeps no results", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const implementation = await startImplementation(node, options);
  onTestFinished(() => implementation.kill());
  const usedMiB = () => {
    collect();
    return process.memoryUsage().arrayBuffers / 2 ** 20;
  };
  const before = usedMiB();
  for (let batch = 0; batch < 40; batch++) {
    implementation.sendBatch([{ $repeat: ["x", 2 ** 20] }]);
    expect(await implementation.nextBatch(1)).toHaveLength(1);
  }
  // The results have 40 MiB together. V8 frees the buffers of a collection in another thread, some time after it.
  await expect.poll(() => usedMiB() - before, { timeout: 120_000 }).toBeLessThan(20);
});

describe("run --fuzz", () => {
  test("finds no difference in the starter harness, in batches and case by case", async () => {
    const { code, out } = await run("--fuzz", "5000", "--seed", String(SEED), "--", ...node);
    expect(out.join("\n")).toMatch(new RegExp(`seed ${SEED}\n5,000 values, 0 differences, .*: no difference found`));
    expect(code).toBe(0);
  });

  test("prints the smallest value that differs as a case", async () => {
    const { code, out } = await run("--fuzz", "5000", "--seed", String(SEED), "--", ...legacy);
    expect(code).toBe(1);
    const vector = JSON.parse(out.at(-2) ?? "");
    expect(vector).toMatchObject({ op: "params", source: `topic-conformance run --fuzz 5000 --seed ${SEED}` });
    expect(JSON.stringify(vector.input).length).toBeLessThan(25);
    expect(referenceResult(vector.input)).toBe(vector.expect.text);
  });

  test("sends cases to a harness without the feature batch", async () => {
    const script = { hello: { features: [] } };
    const { same, counterexample } = await fuzz({ ...options, command: scripted(script), count: 2000, seed: SEED });
    // The scripted harness returns JSON, so it differs as soon as a character must be escaped.
    expect(same).toBeLessThan(2000);
    expect(counterexample?.detail).toMatch(/first difference at byte/);
  });

  test("finds the value that crashes a harness", async () => {
    const script = { hello: { features: [] }, reference: true, crashOn: '"id"' };
    const { counterexample } = await fuzz({ ...options, command: scripted(script), count: 2000, seed: SEED });
    expect(counterexample?.detail).toMatch(/^exited with code 3/);
    // The smallest value of the member depends on the kind of the first one.
    expect(JSON.stringify(counterexample?.vector.input)).toMatch(/^\{"id":(0|""|null)\}$/);
  });

  test("requires --fuzz for a --seed", async () => {
    expect((await run("--seed", "1", "--", ...node)).code).toBe(2);
  });
});
