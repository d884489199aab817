import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Killers } from "../../../tooling/src/mutation-testing/killers.mjs";
import { renderMutants } from "../scripts/render-mutants.mjs";
import { MUTANTS } from "../src/mutants.generated.js";
import { runMutants, UNCHANGED } from "../src/mutation-testing.js";

test("the vectors kill every mutant and the unchanged serializer survives", { timeout: 400_000 }, async () => {
  const killers = new Killers(fileURLToPath(new URL("mutants.killers.json", import.meta.url)));
  const known = new Map(MUTANTS.flatMap(({ name }) => killers.of({ name }).map((id) => [name, id] as const)));
  const results = await runMutants(undefined, undefined, known);
  killers.update(
    results.map(({ mutant, killedBy = "" }) => ({ mutant, killedBy: killedBy === "" ? [] : [killedBy] })),
    results.filter(({ mutant, killedBy }) => known.has(mutant.name) && known.get(mutant.name) !== killedBy).length,
  );
  const survivors = results.filter(({ killedBy }) => killedBy === undefined).map(({ mutant }) => mutant.name);
  expect(survivors).toEqual([UNCHANGED.name]);
});

describe("the mutants", () => {
  test("are at least 150 and have unique names", () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(150);
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });

  test("are generated from the current marks; run `npm run generate` after a change", () => {
    const file = new URL("../src/mutants.generated.ts", import.meta.url);
    expect(readFileSync(file, "utf8")).toBe(renderMutants());
  });
});

test("throws for a mutant whose code is invalid", async () => {
  const mutant = { ...UNCHANGED, replacements: [{ start: 0, end: 0, text: "oops;" }] };
  await expect(runMutants(undefined, [mutant])).rejects.toThrow("oops");
});
