import { describe, expect, test } from "vitest";
import { actionOf } from "../src/page/hotkeys.js";

const press = (key: string, changes = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...changes });

describe("hotkeys", () => {
  test.each([
    ["/", "page", "search"],
    ["b", "control", "buy"],
    ["s", "page", "sell"],
    ["ArrowDown", "page", "next"],
    ["ArrowDown", "control", undefined],
    ["b", "text", undefined],
    ["/", "text", undefined],
    ["Escape", "text", "back"],
    ["x", "page", undefined],
  ] as const)("%s with the focus on %s: %s", (key, focus, action) => {
    expect(actionOf(press(key), focus)).toBe(action);
  });

  test.each(["ctrlKey", "metaKey", "altKey"])("leave combinations with %s to the browser", (modifier) => {
    expect(actionOf(press("s", { [modifier]: true }), "page")).toBeUndefined();
  });
});
