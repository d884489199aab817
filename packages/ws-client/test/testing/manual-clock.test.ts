import { expect, test } from "vitest";
import { ManualClock } from "../../src/testing/index.js";

test("what falls due runs in order, each at its own moment", () => {
  const clock = new ManualClock();
  const ran: string[] = [];
  const note = (name: string) => () => ran.push(`${name} at ${clock.monotonic()}`);
  clock.after(20, note("late"));
  clock.after(10, note("first"));
  clock.after(10, note("second"));
  clock.after(5, () => clock.after(4, note("set meanwhile")));
  clock.after(31, note("never"));
  clock.advance(30);
  expect(ran).toEqual(["set meanwhile at 9", "first at 10", "second at 10", "late at 20"]);
  expect(clock.monotonic()).toBe(30);
  expect(clock.pending).toBe(1);
});

test("a timer is cancelled once or often, before and after it ran, and no other with it", () => {
  const clock = new ManualClock();
  const ran: number[] = [];
  const cancels = [1, 2, 3].map((number) => clock.after(10, () => ran.push(number)));
  cancels[1]?.();
  cancels[1]?.();
  clock.advance(10);
  clock.after(0, () => ran.push(4));
  for (const cancel of cancels) cancel();
  clock.advance(0);
  expect(ran).toEqual([1, 3, 4]);
  expect(clock.pending).toBe(0);
});

test("what fell due in a computer's sleep runs late, once", () => {
  const clock = new ManualClock();
  const ran: number[] = [];
  clock.after(10, () => ran.push(clock.monotonic()));
  clock.sleep(100);
  expect(ran).toEqual([100]);
});

test("advanceAsync lets promises settle before and between timers, and after the last", async () => {
  const clock = new ManualClock();
  const ran: string[] = [];
  const later = (name: string, run = () => {}) => {
    void Promise.resolve()
      .then(() => {})
      .then(() => {
        ran.push(`${name} at ${clock.monotonic()}`);
        run();
      });
  };
  later("start", () => clock.after(10, () => later("timer", () => clock.after(5, () => later("next")))));
  clock.after(30, () => later("end"));
  await clock.advanceAsync(30);
  expect(ran).toEqual(["start at 0", "timer at 10", "next at 15", "end at 30"]);
  expect(clock.monotonic()).toBe(30);
});
