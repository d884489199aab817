import { expect, test } from "vitest";
import { formatVolume, numberFormat } from "../src/format.js";

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

test("builds a number format once, when it is used", () => {
  let reads = 0;
  const options: Intl.NumberFormatOptions = {
    get maximumFractionDigits() {
      reads += 1;
      return 1;
    },
  };
  const format = numberFormat(options);
  expect(reads).toBe(0);
  expect(format(1.26)).toBe("1.3");
  const readsOfOne = reads;
  expect(readsOfOne).toBeGreaterThan(0);
  expect(format(0.5)).toBe("0.5");
  expect(reads).toBe(readsOfOne);
});
