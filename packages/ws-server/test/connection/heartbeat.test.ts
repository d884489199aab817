import { describe, expect, test } from "vitest";
import { Heartbeat, type HeartbeatSettings } from "../../src/connection/heartbeat.js";
import { ManualClock } from "../../src/testing/index.js";
import { BusyClock } from "../helpers/busy-clock.js";
import { turn } from "../helpers/event-loop.js";

const CLOSES = { idleClose: { code: 1, reason: "idle" }, lifespanClose: { code: 2, reason: "lifespan" } };

function setup({ lifespanMs = 0, ...settings }: Partial<HeartbeatSettings> & { lifespanMs?: number } = {}) {
  const clock = new BusyClock();
  const events: string[] = [];
  const heartbeat = new Heartbeat(
    { clock, idleMs: 500, pings: false, ...CLOSES, ...settings },
    lifespanMs,
    { ping: () => events.push(`ping ${clock.monotonic()}`) },
    { close: ({ reason }) => events.push(`${reason} ${clock.monotonic()}`) },
  );
  return { clock, events, heartbeat };
}

describe("a heartbeat", () => {
  test("closes a silent connection after the interval, at the end of the turn", async () => {
    const { clock, events } = setup();
    clock.advance(499);
    expect(clock.pending).toBe(1);
    clock.advance(1);
    expect(events).toEqual([]);
    await turn();
    expect(events).toEqual(["idle 500"]);
    expect(clock.pending).toBe(0);
  });

  test("keeps the connection open while it receives something", async () => {
    const { clock, events, heartbeat } = setup();
    for (let beat = 0; beat < 10; beat++) {
      clock.advance(400);
      heartbeat.beat();
      await turn();
    }
    expect(events).toEqual([]);
    clock.advance(500);
    await turn();
    expect(events).toEqual(["idle 4500"]);
  });

  test("keeps the connection open if something is read in the turn in which the interval ends", async () => {
    const { clock, events, heartbeat } = setup();
    clock.advance(500);
    heartbeat.beat();
    await turn();
    expect(events).toEqual([]);
    clock.advance(500);
    await turn();
    expect(events).toEqual(["idle 1000"]);
  });

  test("pings after half of the interval, once per silence", async () => {
    const { clock, events, heartbeat } = setup({ pings: true });
    clock.advance(250);
    expect(events).toEqual(["ping 250"]);
    heartbeat.beat();
    clock.advance(499);
    expect(events).toEqual(["ping 250", "ping 500"]);
    clock.advance(1);
    await turn();
    expect(events.at(-1)).toBe("idle 750");
  });

  test("closes no connection for the time in which the event loop was blocked", async () => {
    const { clock, events } = setup({ pings: true });
    for (let stall = 0; stall < 3; stall++) {
      clock.stall(1_700);
      await turn();
    }
    // The interval begins again after each stall, with a new ping after its first half.
    expect(events).toEqual([]);
    clock.advance(499);
    await turn();
    expect(events).toEqual(["ping 5350"]);
    clock.advance(1);
    await turn();
    expect(events).toEqual(["ping 5350", "idle 5600"]);
  });

  test("pings again after a stall, however soon the last reply came", async () => {
    const { clock, events, heartbeat } = setup({ pings: true });
    clock.advance(250);
    clock.stall(1_700);
    heartbeat.beat();
    for (let ms = 0; ms < 1_000; ms++) {
      const before = events.length;
      clock.advance(1);
      if (events.length > before) heartbeat.beat();
      await turn();
    }
    expect(events.filter((event) => event.startsWith("idle"))).toEqual([]);
  });

  test("without an interval closes only at the end of the lifespan, even if a timer fires early", async () => {
    class EarlyClock extends ManualClock {
      override after(delayMs: number, run: () => void): () => void {
        return super.after(Math.max(delayMs - 0.5, 0.1), run);
      }
    }
    const clock = new EarlyClock();
    const events: string[] = [];
    new Heartbeat(
      { clock, idleMs: 0, pings: true, ...CLOSES },
      1_000,
      { ping: () => events.push("ping") },
      { close: ({ reason }) => events.push(reason) },
    );
    clock.advance(999.5);
    await turn();
    clock.advance(1);
    await turn();
    expect(events).toEqual(["lifespan"]);
  });

  test("closes an active connection at the end of its lifespan", async () => {
    const { clock, events, heartbeat } = setup({ lifespanMs: 1_000 });
    for (let beat = 0; beat < 10; beat++) {
      heartbeat.beat();
      clock.advance(100);
    }
    expect(events).toEqual(["lifespan 1000"]);
    expect(clock.pending).toBe(0);
  });

  test("without an interval and a lifespan has no timer", () => {
    expect(setup({ idleMs: 0 }).clock.pending).toBe(0);
  });

  test("that is stopped neither pings nor closes", async () => {
    const { clock, events, heartbeat } = setup({ lifespanMs: 1_000 });
    clock.advance(500);
    heartbeat.stop();
    await turn();
    clock.advance(1_000);
    expect(events).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
