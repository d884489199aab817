import { expect, test } from "vitest";
import { formatVolume } from "../src/format.js";

test.each([
  [0, "0"],
  [0.5, "0.5"],
  [787, "787"],
  [999.999, "1.00K"],
  [3_300, "3.30K"],
  [4_000, "4.00K"],
  [12_940, "12.94K"],
  [1_200_000, "1.20M"],
])("formats a volume of %d as %s", (volume, text) => {
  expect(formatVolume(volume)).toBe(text);
});
