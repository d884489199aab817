import { expect, onTestFinished, test, vi } from "vitest";
import { Deadline } from "../src/deadline.js";

test("does not count the time in which this process was blocked", async () => {
  const deadline = new Deadline(200);
  const end = performance.now() + 400;
  while (performance.now() < end);
  // Input that arrived meanwhile is read after the timers, in the same turn of the event loop.
  const input = new Promise((resolve) => setImmediate(resolve, "read"));
  expect(await Promise.race([deadline.exceeded, input])).toBe("read");
  expect(await deadline.exceeded).toBe("timeout");
});

test("has no timer after it is cancelled", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const deadline = new Deadline(20);
  expect(vi.getTimerCount()).toBe(1);
  deadline.cancel();
  expect(vi.getTimerCount()).toBe(0);
});
