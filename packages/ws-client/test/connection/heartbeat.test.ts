import { expect, test } from "vitest";
import { setUp } from "../helpers/harness.js";

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
