import { trades } from "@trading/topic/shapes";
import { expect, test } from "vitest";
import { Activity, KEPT, KEPT_CHARACTERS, TICK_MS } from "../../src/devtools/activity.js";
import { setUp } from "../helpers/harness.js";
import { tick } from "../helpers/memory-network.js";

const TRADES = 'trades:{"symbol":"AAPL"}';

/** A client whose session stands, and somebody who looks at what it does. */
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
    /** How many timers run for it. */
    timers: () => clock.pending - before,
    async hold() {
      const handle = client.subscribe(trades, { symbol: "AAPL" }, () => {});
      await tick();
      const asked = network.socket.sent.findLast(({ type }) => type === "trades.subscribe");
      network.socket.confirm(asked, TRADES, { epoch: "e1", retention: "log", offset: id });
      clock.advance(TICK_MS);
      return handle;
    },
    updates(count: number) {
      for (let index = 0; index < count; index++) network.socket.update(TRADES, { id: `${id}` }, ++id);
    },
    rates: () => activity.get().topics.map(({ rate }) => rate),
  };
}

test("a rate is that of the last second, to the update", async () => {
  const { clock, updates, hold, rates } = watch();
  await hold();
  const seen = [];
  for (const count of [5, 0, 5, 0, 0, 0, 0, 0, 0]) {
    updates(count);
    clock.advance(TICK_MS);
    seen.push(rates()[0]);
  }
  // Over 250, 500, 750 ms, and from then on over 1000.
  expect(seen).toEqual([20, 10, 10 / 0.75, 10, 5, 5, 0, 0, 0]);
});

test("ticks that come late, as those of a hidden tab, make no rate too high", async () => {
  const { clock, updates, hold, rates } = watch();
  await hold();
  updates(8);
  clock.sleep(4_000);
  expect(rates()).toEqual([2]);
});

test.each([0, TICK_MS])(
  "a topic that was left counts from the start when it is wanted again %d ms later",
  async (ms) => {
    const { clock, updates, hold, rates, activity } = watch();
    const stop = await hold();
    updates(10);
    clock.advance(TICK_MS);
    stop();
    await tick();
    clock.advance(ms);
    await hold();
    expect(rates()).toEqual([0]);
    updates(1);
    clock.advance(TICK_MS);
    expect([rates(), activity.get().topics[0]?.updates]).toEqual([[4], 1]);
  },
);

test("how long a topic has been quiet is counted from its last update that was seen", async () => {
  const { clock, updates, hold, activity } = watch();
  await hold();
  const quiet = () => activity.get().topics[0]?.quietMs;
  expect(quiet()).toBeUndefined();
  updates(1);
  clock.advance(TICK_MS);
  expect(quiet()).toBe(0);
  clock.advance(3_000);
  expect(quiet()).toBe(3_000);
});

test("of frames the newest are kept, and so many of the gaps and errors", async () => {
  const { activity, clock, socket, errors } = watch();
  for (let index = 0; index < KEPT + 50; index++) {
    socket.say({ type: "nonsense", payload: { index } });
    socket.say(`no JSON ${index}`);
  }
  clock.advance(TICK_MS);
  const { frames, problems } = activity.get();
  expect([frames.length, problems.length]).toEqual([KEPT, KEPT]);
  expect(errors.length).toBeGreaterThan(KEPT);
  expect(frames.at(-1)?.text).toBe(`no JSON ${KEPT + 49}`);
  expect(new Set([...frames, ...problems].map(({ id }) => id)).size).toBe(2 * KEPT);
});

test("a long frame is cut, and says by how much", () => {
  const { activity, clock, socket } = watch();
  socket.say("x".repeat(KEPT_CHARACTERS));
  socket.say("y".repeat(KEPT_CHARACTERS + 7));
  clock.advance(TICK_MS);
  const texts = activity.get().frames.slice(-2);
  expect(texts.map(({ text }) => text)).toEqual([
    "x".repeat(KEPT_CHARACTERS),
    `${"y".repeat(KEPT_CHARACTERS)} … 7 more characters`,
  ]);
});

test("the view stays the same object between two ticks, whatever comes", async () => {
  const { activity, clock, updates, hold } = watch();
  await hold();
  const view = activity.get();
  updates(100);
  expect(activity.get()).toBe(view);
  clock.advance(TICK_MS);
  expect(activity.get()).not.toBe(view);
});

test("ends with no timer, and hears nothing afterwards", async () => {
  const { activity, clock, stop, timers, updates, hold } = watch();
  await hold();
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
