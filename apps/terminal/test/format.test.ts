import { expect, test, vi } from "vitest";
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
  const build = vi.spyOn(Intl, "NumberFormat");
  const format = numberFormat({ maximumFractionDigits: 1 });
  expect(build).not.toHaveBeenCalled();
  expect([format(1.25), format(0.5)]).toEqual(["1.3", "0.5"]);
  expect(build).toHaveBeenCalledTimes(1);
  build.mockRestore();
});
