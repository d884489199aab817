import { trades } from "@trading/topic/shapes";
import { expect, test } from "vitest";
import { setUp } from "../helpers/harness.js";

const AAPL = { symbol: "AAPL" };

test("connects with the first subscription unless it is eager", () => {
  const { client, network } = setUp({ eager: false });
  expect(network.sockets).toHaveLength(0);
  expect(client.state).toEqual({ status: "connecting", reason: "Connects with the first subscription" });
  client.subscribe(trades, AAPL, () => {});
  expect(network.sockets).toHaveLength(1);
  client.connect();
  expect(network.sockets).toHaveLength(1);
});

test("closes after maxAttempts failed attempts", () => {
  const { client, network, clock } = setUp({ maxAttempts: 3 });
  for (let attempt = 1; attempt <= 3; attempt++) {
    network.socket.end();
    clock.advance(5_000);
  }
  network.socket.end();
  expect(client.state).toEqual({ status: "closed", reason: "Could not connect (1006): gave up" });
  expect(clock.pending).toBe(0);
});

test("does not show the URL's query in the state", () => {
  const { client } = setUp({ url: "ws://memory/ws?key=secret" });
  expect(client.state.reason).toBe("Connecting to ws://memory/ws");
});

test("leaves a draining server within the given time, and widens the backoff to it", () => {
  const { client, network, clock } = setUp();
  network.socket.welcome();
  network.socket.say({ type: "server.draining", payload: { reconnectAfterMs: 20_000 } });
  clock.advance(9_999);
  expect(network.sockets).toHaveLength(1);
  clock.advance(1);
  expect(network.sockets[0]?.closedByClient).toBe(true);
  clock.advance(0);
  expect(network.sockets).toHaveLength(2);
  network.socket.end();
  expect(client.state.reason).toContain("trying again in 10.0 s");
});

test("does not narrow the backoff for a shorter drain time", () => {
  const { network, clock } = setUp();
  network.socket.welcome();
  network.socket.say({ type: "server.draining", payload: { reconnectAfterMs: 0 } });
  clock.advance(499);
  expect(network.socket.closedByClient).toBe(false);
  clock.advance(1);
  expect(network.sockets[0]?.closedByClient).toBe(true);
});
