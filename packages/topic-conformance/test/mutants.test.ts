import { describe, expect, test } from "vitest";
import { MUTANTS } from "../src/mutants.js";
import { applyMutant, runMutants, UNCHANGED } from "../src/mutation-testing.js";

test("the vectors kill every mutant and the unchanged serializer survives", { timeout: 180_000 }, async () => {
  const results = await runMutants();
  const survivors = results.filter(({ killedBy }) => killedBy === 0).map(({ mutant }) => mutant.name);
  expect(survivors).toEqual([UNCHANGED.name]);
});

describe("the mutants", () => {
  test("are at least 25 and have unique names", () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(25);
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });

  test("throw if the text to replace is missing or ambiguous", () => {
    const mutant = { name: "stale", description: "", from: "text", to: "" };
    expect(() => applyMutant(mutant, "nothing here")).toThrow(/"stale".* found it 0 times/);
    expect(() => applyMutant(mutant, "text and text")).toThrow(/found it 2 times/);
  });
});
