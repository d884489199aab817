import { trades } from "@trading/topic/shapes";
import { expect, test } from "vitest";
import { Activity, MAX_CHARACTERS, MAX_ENTRIES, TICK_MS } from "../../src/devtools/activity.js";
import { setUp } from "../helpers/harness.js";
import { tick } from "../helpers/memory-network.js";

const TRADES = 'trades:{"symbol":"AAPL"}';

/** Connects a client and subscribes to its activity. */
function watch(...given: Parameters<typeof setUp>) {
  const set = setUp(...given);
  const { network, client, clock } = set;
  network.socket.welcome();
  const activity = new Activity(client, clock);
  const before = clock.pending;
  const stop = activity.subscribe(() => {});
  let id = 0;
  return {
    ...set,
    activity,
    stop,
    socket: network.socket,
    /** Number of timers that the activity runs. */
    timers: () => clock.pending - before,
    async subscribe() {
      const handle = client.subscribe(trades, { symbol: "AAPL" }, () => {});
      await tick();
      const frame = network.socket.sent.findLast(({ type }) => type === "trades.subscribe");
      network.socket.confirm(frame, TRADES, { epoch: "e1", retention: "log", offset: id });
      clock.advance(TICK_MS);
      return handle;
    },
    updates(count: number) {
      for (let index = 0; index < count; index++) network.socket.update(TRADES, { id: `${id}` }, ++id);
    },
    rates: () => activity.get().topics.map(({ rate }) => rate),
  };
}

test("calculates the rate over the last second", async () => {
  const { clock, updates, subscribe, rates } = watch();
  await subscribe();
  const seen = [];
  for (const count of [5, 0, 5, 0, 0, 0, 0, 0, 0]) {
    updates(count);
    clock.advance(TICK_MS);
    seen.push(rates()[0]);
  }
  // Over 250, 500 and 750 ms, then over 1000 ms.
  expect(seen).toEqual([20, 10, 10 / 0.75, 10, 5, 5, 0, 0, 0]);
});

test("does not overstate the rate after late ticks, as in a hidden tab", async () => {
  const { clock, updates, subscribe, rates } = watch();
  await subscribe();
  updates(8);
  clock.sleep(4_000);
  expect(rates()).toEqual([2]);
});

test.each([0, TICK_MS])("counts from zero for a topic that is subscribed again %d ms later", async (ms) => {
  const { clock, updates, subscribe, rates, activity } = watch();
  const stop = await subscribe();
  updates(10);
  clock.advance(TICK_MS);
  stop();
  await tick();
  clock.advance(ms);
  await subscribe();
  expect(rates()).toEqual([0]);
  updates(1);
  clock.advance(TICK_MS);
  expect([rates(), activity.get().topics[0]?.updates]).toEqual([[4], 1]);
});

test("measures quietMs from the last observed update", async () => {
  const { clock, updates, subscribe, activity } = watch();
  await subscribe();
  const quiet = () => activity.get().topics[0]?.quietMs;
  expect(quiet()).toBeUndefined();
  updates(1);
  clock.advance(TICK_MS);
  expect(quiet()).toBe(0);
  clock.advance(3_000);
  expect(quiet()).toBe(3_000);
});

test("keeps the newest frames, and as many gaps and errors", async () => {
  const { activity, clock, socket, errors } = watch();
  for (let index = 0; index < MAX_ENTRIES + 50; index++) {
    socket.say({ type: "nonsense", payload: { index } });
    socket.say(`no JSON ${index}`);
    // The client reports at most a hundred errors in a second.
    clock.advance(TICK_MS);
  }
  const { frames, problems } = activity.get();
  expect([frames.length, problems.length]).toEqual([MAX_ENTRIES, MAX_ENTRIES]);
  expect(errors.length).toBeGreaterThan(MAX_ENTRIES);
  expect(frames.at(-1)?.text).toBe(`no JSON ${MAX_ENTRIES + 49}`);
  expect(new Set([...frames, ...problems].map(({ id }) => id)).size).toBe(2 * MAX_ENTRIES);
});

test("truncates a long frame and states by how much", () => {
  const { activity, clock, socket } = watch();
  socket.say("x".repeat(MAX_CHARACTERS));
  socket.say("y".repeat(MAX_CHARACTERS + 7));
  clock.advance(TICK_MS);
  const texts = activity.get().frames.slice(-2);
  expect(texts.map(({ text }) => text)).toEqual([
    "x".repeat(MAX_CHARACTERS),
    `${"y".repeat(MAX_CHARACTERS)} … 7 more characters`,
  ]);
});

test("keeps the view's identity between two ticks", async () => {
  const { activity, clock, updates, subscribe } = watch();
  await subscribe();
  const view = activity.get();
  updates(100);
  expect(activity.get()).toBe(view);
  clock.advance(TICK_MS);
  expect(activity.get()).not.toBe(view);
});

test("stops its timer and records nothing after unsubscribing", async () => {
  const { activity, clock, stop, timers, updates, subscribe } = watch();
  await subscribe();
  expect(timers()).toBe(1);
  stop();
  const view = activity.get();
  updates(3);
  clock.advance(2 * TICK_MS);
  expect([timers(), activity.get()]).toEqual([0, view]);
  const again = activity.subscribe(() => {});
  expect(activity.get().frames).toEqual(view.frames);
  again();
});
