import { describe, expect, test } from "vitest";
import { limitsOf, sizeAfterKey } from "../src/page/panel-sizes.js";

const WORKSPACE = { clientWidth: 1424, clientHeight: 800 };

describe("the size of a panel", () => {
  test.each([
    ["side", WORKSPACE, { min: 240, max: 420 }],
    ["watch", WORKSPACE, { min: 200, max: 420 }],
    ["account", WORKSPACE, { min: 120, max: 456 }],
    // A low window has no room for more.
    ["account", { clientWidth: 1424, clientHeight: 400 }, { min: 120, max: 120 }],
  ] as const)("leaves room for the chart: %s in %j", (name, workspace, limits) => {
    expect(limitsOf(name, workspace)).toEqual(limits);
  });

  test.each([
    ["ArrowLeft", "side", 316],
    ["ArrowRight", "side", 284],
    ["ArrowUp", "side", undefined],
    ["ArrowUp", "account", 316],
    ["ArrowDown", "account", 284],
    ["ArrowLeft", "account", undefined],
    ["Home", "watch", 200],
    ["End", "watch", 310],
    ["Enter", "watch", 200],
    ["a", "watch", undefined],
  ] as const)("follows the separator: %s on that of %s", (key, name, size) => {
    expect(sizeAfterKey(key, name, 300, { min: 200, max: name === "watch" ? 310 : 400 }, 0)).toBe(size);
  });

  test("stays within its limits, and Enter returns it from the smallest size", () => {
    const limits = { min: 200, max: 310 };
    expect(sizeAfterKey("ArrowLeft", "watch", 300, limits, 0)).toBe(310);
    expect(sizeAfterKey("ArrowRight", "watch", 210, limits, 0)).toBe(200);
    expect(sizeAfterKey("Enter", "watch", 200, limits, 280)).toBe(280);
    expect(sizeAfterKey("Enter", "watch", 200, limits, 900)).toBe(310);
  });
});
