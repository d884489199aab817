import { expect, test } from "vitest";
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

test("is never exceeded after it is cancelled", async () => {
  const deadline = new Deadline(20);
  deadline.cancel();
  const later = new Promise((resolve) => setTimeout(resolve, 100, "later"));
  expect(await Promise.race([deadline.exceeded, later])).toBe("later");
});
