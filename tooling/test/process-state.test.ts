import { afterEach, expect, test, vi } from "vitest";
import { differences, processState } from "../src/process-state.mjs";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});

test.each([
  ["fake timers", () => void vi.useFakeTimers({ toFake: ["setTimeout"] }), ["globalThis.setTimeout"]],
  ["a replaced global", () => void vi.stubGlobal("fetch", undefined), ["globalThis.fetch"]],
  ["an added global", () => void vi.stubGlobal("location", {}), ["globalThis.location"]],
  ["an environment variable", () => void vi.stubEnv("ADDED_BY_TEST", "1"), ["process.env.ADDED_BY_TEST"]],
])("finds %s that the tests of a file leave behind", (_, leave, found) => {
  const before = processState();
  leave();
  expect(differences(before, processState())).toEqual(found);
});

test("finds nothing after the change is undone", () => {
  const before = processState();
  vi.useFakeTimers();
  vi.stubGlobal("location", {});
  vi.useRealTimers();
  vi.unstubAllGlobals();
  expect(differences(before, processState())).toEqual([]);
});
