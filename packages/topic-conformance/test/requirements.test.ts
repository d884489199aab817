import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { loadVectors, type Vector } from "../src/vectors.js";

/**
 * The hash of the cases of each version that later ones have followed. A released version never changes: add a case at the end of its
 * theme instead, or increment the major version.
 */
const FROZEN: Readonly<Record<string, string>> = {
  "1.0.0": "c8256d2d6564de608ab4a42847e97160d3e7e23cff4137214035158cc6e10b50",
};

const { version: current, versions, cases } = loadVectors();

/** Hashes what decides about a case. The reason and the source may be explained better later. */
function hashOf(requirements: readonly Vector[]): string {
  const lines = requirements.map(({ id, op, route, features, input, expect: expected }) =>
    JSON.stringify([id, op, route ?? null, features, input, expected]),
  );
  return createHash("sha256").update(lines.sort().join("\n")).digest("hex");
}

/** Returns the cases of a version: those that it or an earlier one has added. */
function requirementsOf(version: string): readonly Vector[] {
  const last = versions.indexOf(version);
  return cases.filter(({ since = versions[0] as string }) => versions.indexOf(since) <= last);
}

test("every version before the current one is frozen", () => {
  expect(Object.keys(FROZEN)).toEqual(versions.filter((version) => version !== current));
});

test.each(Object.entries(FROZEN))("the cases of version %s have not changed", (version, hash) => {
  expect(hashOf(requirementsOf(version))).toBe(hash);
});

test("a changed expectation, a changed input and a removed case change the hash", () => {
  const [first, ...others] = requirementsOf("1.0.0") as readonly [Vector, ...Vector[]];
  const hash = hashOf([first, ...others]);
  expect(hashOf([{ ...first, expect: { refused: "too_long" } }, ...others])).not.toBe(hash);
  expect(hashOf([{ ...first, input: "other" }, ...others])).not.toBe(hash);
  expect(hashOf(others)).not.toBe(hash);
  expect(hashOf([{ ...first, why: "in other words" }, ...others])).toBe(hash);
});
