import { trades } from "@trading/topic/shapes";
import { ManualClock } from "@trading/topic/testing";
import { expect, test } from "vitest";
import { setUp } from "../helpers/harness.js";
import { tick } from "../helpers/memory-network.js";

const TRADES = 'trades:{"symbol":"AAPL"}';
const types = (socket: { sent: readonly { type: string }[] }) => socket.sent.map(({ type }) => type);

test("pings after half of the interval without a frame, and drops the connection after the whole", () => {
  const { client, network, clock } = setUp();
  const { socket } = network;
  socket.welcome({ heartbeatIntervalMs: 20_000 });
  clock.advance(9_999);
  expect(socket.sent).toEqual([]);
  clock.advance(1);
  expect(types(socket)).toEqual(["ping"]);
  socket.say({ type: "pong" });
  clock.advance(10_000);
  expect(types(socket)).toEqual(["ping", "ping"]);
  clock.advance(10_000);
  expect(socket.closedByClient).toBe(true);
  expect(client.state.reason).toContain("silent for 10 s");
});

test("does not ping while frames arrive", () => {
  const { network, clock } = setUp();
  network.socket.welcome({ heartbeatIntervalMs: 20_000 });
  for (let time = 0; time < 20; time++) {
    clock.advance(9_000);
    network.socket.update(TRADES, { id: "1" });
  }
  expect(network.socket.sent).toEqual([]);
});

test("pings before it drops a connection after sleep", () => {
  const { network, clock } = setUp();
  const { socket } = network;
  socket.welcome({ heartbeatIntervalMs: 20_000 });
  clock.advance(10_000);
  clock.sleep(3_600_000);
  expect(types(socket)).toEqual(["ping", "ping"]);
  expect(socket.closedByClient).toBe(false);
  socket.say({ type: "pong" });
  clock.advance(5_000);
  expect(socket.closedByClient).toBe(false);
  clock.sleep(3_600_000);
  clock.advance(5_000);
  expect(socket.closedByClient).toBe(true);
});

const AAPL = { symbol: "AAPL" };

/** A hidden page in which Chrome delays a timer to the next whole minute if five timers in a row started each other. */
class ThrottledClock extends ManualClock {
  #depth = 0;

  override after(delayMs: number, run: () => void): () => void {
    const depth = this.#depth + 1;
    const dueAt = this.monotonic() + delayMs;
    const at = depth >= 5 ? Math.ceil(dueAt / 60_000) * 60_000 : dueAt;
    return super.after(at - this.monotonic(), () => {
      const before = this.#depth;
      this.#depth = depth;
      run();
      this.#depth = before;
    });
  }
}

test.each([
  ["a quiet topic", 0],
  ["a busy topic", 1_000],
])("keeps the connection to a legacy server in a hidden page with %s", async (_, updateEveryMs) => {
  const clock = new ThrottledClock();
  const { client, network } = setUp({ clock });
  const { socket } = network;
  socket.accept();
  client.subscribe(trades, AAPL, () => {});
  await tick();
  socket.confirm(socket.sent[0], TRADES, { echo: false });
  let handled = 1;
  let longestSilence = 0;
  let lastSentAt = clock.monotonic();
  for (let second = 0; second < 1_800; second++) {
    clock.advance(1_000);
    if (socket.sent.length > handled) lastSentAt = clock.monotonic();
    for (; handled < socket.sent.length; handled++) socket.confirm(socket.sent[handled], TRADES, { echo: false });
    if (updateEveryMs > 0) socket.update(TRADES, { id: String(second) });
    longestSilence = Math.max(longestSilence, clock.monotonic() - lastSentAt);
  }
  // A legacy server closes the connection after 30 s without a frame.
  expect(longestSilence).toBeLessThan(30_000);
  expect(client.state.status).toBe("connected");
  expect(socket.sent.length).toBeLessThan(1_800 / 10);
});

test.each([
  ["quiet", 60],
  ["busy", 1],
])("keeps a %s session in a hidden page", (_, everySeconds) => {
  const clock = new ThrottledClock();
  const { client, network } = setUp({ clock });
  const { socket } = network;
  socket.welcome();
  let handled = 0;
  for (let second = 0; second < 1_800; second++) {
    clock.advance(1_000);
    for (; handled < socket.sent.length; handled++) socket.say({ type: "pong" });
    if (second % everySeconds === 0) socket.update(TRADES, { id: String(second) });
  }
  expect(client.state.status).toBe("connected");
  expect(network.sockets).toHaveLength(1);
});
