import { describe, expect, test } from "vitest";
import { Heartbeat, type HeartbeatSettings } from "../../src/connection/heartbeat.js";
import { ManualClock } from "../../src/testing/index.js";

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A clock whose timers can be held up, as those of a busy process. */
class BusyClock extends ManualClock {
  /** Timers that are due fire only at the end of it, late. */
  stall(ms: number): void {
    const due: (() => void)[] = [];
    const fire = this.hold((run) => due.push(run));
    this.advance(ms);
    fire();
    for (const run of due) run();
  }

  #held: ((run: () => void) => void) | undefined;

  hold(take: (run: () => void) => void): () => void {
    this.#held = take;
    return () => {
      this.#held = undefined;
    };
  }

  override after(delayMs: number, run: () => void): () => void {
    return super.after(delayMs, () => (this.#held === undefined ? run() : this.#held(run)));
  }
}

const CLOSES = { idleClose: { code: 1, reason: "idle" }, lifespanClose: { code: 2, reason: "lifespan" } };

function setup({ lifespanMs = 0, ...settings }: Partial<HeartbeatSettings> & { lifespanMs?: number } = {}) {
  const clock = new BusyClock();
  const told: string[] = [];
  const heartbeat = new Heartbeat(
    { clock, idleMs: 500, pings: false, ...CLOSES, ...settings },
    lifespanMs,
    { ping: () => told.push(`ping ${clock.monotonic()}`) },
    { close: ({ reason }) => told.push(`${reason} ${clock.monotonic()}`) },
  );
  return { clock, told, heartbeat };
}

describe("a heartbeat", () => {
  test("ends a silence after the interval, once the turn is over", async () => {
    const { clock, told } = setup();
    clock.advance(499);
    expect(clock.pending).toBe(1);
    clock.advance(1);
    expect(told).toEqual([]);
    await turn();
    expect(told).toEqual(["idle 500"]);
    expect(clock.pending).toBe(0);
  });

  test("goes on for as long as something is heard", async () => {
    const { clock, told, heartbeat } = setup();
    for (let beat = 0; beat < 10; beat++) {
      clock.advance(400);
      heartbeat.beat();
      await turn();
    }
    expect(told).toEqual([]);
    clock.advance(500);
    await turn();
    expect(told).toEqual(["idle 4500"]);
  });

  test("forgives what was read in the turn of the verdict", async () => {
    const { clock, told, heartbeat } = setup();
    clock.advance(500);
    heartbeat.beat();
    await turn();
    expect(told).toEqual([]);
    clock.advance(500);
    await turn();
    expect(told).toEqual(["idle 1000"]);
  });

  test("asks after half of the interval, once a silence", async () => {
    const { clock, told, heartbeat } = setup({ pings: true });
    clock.advance(250);
    expect(told).toEqual(["ping 250"]);
    heartbeat.beat();
    clock.advance(499);
    expect(told).toEqual(["ping 250", "ping 500"]);
    clock.advance(1);
    await turn();
    expect(told.at(-1)).toBe("idle 750");
  });

  test("condemns nobody for the time that the process has lost", async () => {
    const { clock, told } = setup({ pings: true });
    for (let stall = 0; stall < 3; stall++) {
      clock.stall(1_700);
      await turn();
    }
    // It is asked in the time to come, of which it has all again to answer.
    expect(told).toEqual([]);
    clock.advance(499);
    await turn();
    expect(told).toEqual(["ping 5350"]);
    clock.advance(1);
    await turn();
    expect(told).toEqual(["ping 5350", "idle 5600"]);
  });

  test("asks anew after time was lost, however quickly the last answer came", async () => {
    const { clock, told, heartbeat } = setup({ pings: true });
    clock.advance(250);
    clock.stall(1_700);
    heartbeat.beat();
    for (let ms = 0; ms < 1_000; ms++) {
      const asked = told.length;
      clock.advance(1);
      if (told.length > asked) heartbeat.beat();
      await turn();
    }
    expect(told.filter((what) => what.startsWith("idle"))).toEqual([]);
  });

  test("without an interval knows no silence, and ends at its time even where a timer is early", async () => {
    class EarlyClock extends ManualClock {
      override after(delayMs: number, run: () => void): () => void {
        return super.after(Math.max(delayMs - 0.5, 0.1), run);
      }
    }
    const clock = new EarlyClock();
    const told: string[] = [];
    new Heartbeat(
      { clock, idleMs: 0, pings: true, ...CLOSES },
      1_000,
      { ping: () => told.push("ping") },
      { close: ({ reason }) => told.push(reason) },
    );
    clock.advance(999.5);
    await turn();
    clock.advance(1);
    await turn();
    expect(told).toEqual(["lifespan"]);
  });

  test("ends a life at its time, however lively", async () => {
    const { clock, told, heartbeat } = setup({ lifespanMs: 1_000 });
    for (let beat = 0; beat < 10; beat++) {
      heartbeat.beat();
      clock.advance(100);
    }
    expect(told).toEqual(["lifespan 1000"]);
    expect(clock.pending).toBe(0);
  });

  test("of 0 and 0 has no timer", () => {
    expect(setup({ idleMs: 0 }).clock.pending).toBe(0);
  });

  test("that is stopped tells nothing any more", async () => {
    const { clock, told, heartbeat } = setup({ lifespanMs: 1_000 });
    clock.advance(500);
    heartbeat.stop();
    await turn();
    clock.advance(1_000);
    expect(told).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
