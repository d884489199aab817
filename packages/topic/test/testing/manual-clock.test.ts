import { describe, expect, test } from "vitest";
import { ManualClock } from "../../src/testing/index.js";

describe("a manual clock", () => {
  test("runs due timers in order, each at its time, including those set meanwhile", () => {
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

  test("runs a timer with a negative delay at the present time", () => {
    const clock = new ManualClock();
    const ran: number[] = [];
    clock.advance(10);
    clock.after(-5, () => ran.push(clock.monotonic()));
    clock.advance(0);
    expect(ran).toEqual([10]);
  });

  test("cancels only the given timer; a repeated or late cancel does nothing", () => {
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

  test("advances now together with monotonic, from the start time", () => {
    const clock = new ManualClock(1_700_000_000_000);
    expect([clock.now(), clock.monotonic()]).toEqual([1_700_000_000_000, 0]);
    const seen: number[] = [];
    clock.after(10, () => seen.push(clock.now()));
    clock.advance(25);
    expect(seen).toEqual([1_700_000_000_010]);
    expect([clock.now(), clock.monotonic()]).toEqual([1_700_000_000_025, 25]);
    expect(new ManualClock().now()).toBe(0);
  });

  test("runs a callback at the end of the turn without being advanced, unless it is cancelled", async () => {
    const clock = new ManualClock();
    const ran: string[] = [];
    clock.endOfTurn(() => ran.push("kept"));
    clock.endOfTurn(() => ran.push("cancelled"))();
    await Promise.resolve();
    expect(ran).toEqual([]);
    expect(clock.pending).toBe(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ran).toEqual(["kept"]);
  });

  test("runs timers that became due during a sleep once, late", () => {
    const clock = new ManualClock();
    const ran: number[] = [];
    clock.after(10, () => ran.push(clock.monotonic()));
    clock.sleep(100);
    expect(ran).toEqual([100]);
  });

  test("settles promises before, between and after the timers of advanceAsync", async () => {
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
});
