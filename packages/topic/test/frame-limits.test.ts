import { assert, constantFrom, nat, property, string } from "fast-check";
import { expect, test } from "vitest";
import { excessOf } from "../src/frame-limits.js";

/** Counts without the short cut for texts with few brackets. */
function expected(text: string, maxDepth: number, maxElements: number): string | undefined {
  let [depth, elements] = [0, 0];
  // A backslash escapes only within a string, and a string that is not closed reaches to the end.
  const outside = text.replace(/"(?:\\[\s\S]|[^"\\])*(?:"|\\?$)/g, "");
  for (const unit of outside) {
    if ("[{,".includes(unit)) elements++;
    if ("[{".includes(unit) && ++depth > (maxDepth || 1 / 0)) return `nested deeper than ${maxDepth}`;
    if ("]}".includes(unit)) depth--;
    if (elements > (maxElements || 1 / 0)) return `more than ${maxElements} elements and members`;
  }
  return undefined;
}

test("finds what exceeds the limits in every text, whatever its length and brackets", () => {
  const text = string({ unit: constantFrom("[", "{", "]", "}", '"', "\\", ",", "a"), maxLength: 24 });
  let excesses = 0;
  assert(
    property(text, nat(4), nat(12), (json, maxDepth, maxElements) => {
      const excess = excessOf(json, { maxDepth, maxElements });
      excesses += Number(excess !== undefined);
      expect(excess).toBe(expected(json, maxDepth, maxElements));
    }),
    { numRuns: 5_000 },
  );
  expect(excesses).toBeGreaterThan(100);
});

test("reports more brackets than levels only if they are nested, outside of strings", () => {
  const limits = { maxDepth: 2, maxElements: 100 };
  expect(excessOf('[[1],[2],[3],"[[["]', limits)).toBeUndefined();
  expect(excessOf('[{"a":[]}]', limits)).toBe("nested deeper than 2");
});
