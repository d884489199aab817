import { describe, expect, test } from "vitest";
import { killTable, plant, UNCHANGED } from "../src/kill-table.js";
import { MUTANTS } from "../src/mutants.js";

test("the vectors kill every mutant, and the unchanged copy survives", { timeout: 180_000 }, async () => {
  const table = await killTable();
  const survivors = table.filter(({ killedBy }) => killedBy === 0).map(({ mutant }) => mutant.name);
  expect(survivors).toEqual([UNCHANGED.name]);
});

describe("the mutants", () => {
  test("are at least 25, and none is there twice", () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(25);
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });

  test("fail loudly where the text they replace has gone, or stands twice", () => {
    const mutant = { name: "stale", description: "", from: "gone", to: "" };
    expect(() => plant(mutant, "nothing here")).toThrow(/"stale" replaces a text that stands 0 times/);
    expect(() => plant(mutant, "gone and gone")).toThrow(/stands 2 times/);
  });
});
