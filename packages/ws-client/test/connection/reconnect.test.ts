import { closeCodes, reconnectAfter as tableSays } from "@trading/topic";
import { bars } from "@trading/topic/shapes";
import { expect, test } from "vitest";
import { reconnectAfter } from "../../src/connection/reconnect.js";
import { setUp } from "../helpers/harness.js";
import { tick } from "../helpers/memory-network.js";

const AAPL = { symbol: "AAPL", resolution: "1" } as const;
const MSFT = { symbol: "MSFT", resolution: "1" } as const;
const TOPIC = 'bars:{"resolution":"1","symbol":"AAPL"}';

test("reconnects, and subscribes to the topics that have listeners then", async () => {
  const { client, network, clock } = setUp();
  const states: string[] = [];
  const first = network.socket;
  first.accept();
  const aapl = client.subscribe(bars, AAPL, { onStatus: ({ state }) => states.push(state) });
  const msft = client.subscribe(bars, MSFT, () => {});
  await tick();
  first.confirm(first.sent[0], aapl.topic);
  first.end();
  msft();
  clock.advance(500);
  expect(network.sockets).toHaveLength(2);
  network.socket.accept();
  await tick();
  expect(network.socket.sent.map(({ payload }) => payload)).toEqual([AAPL]);
  network.socket.confirm(network.socket.sent[0], TOPIC);
  expect(states).toEqual(["pending", "live", "pending", "live"]);
});

test("sends subscribes once the connection is open", async () => {
  const { client, network } = setUp();
  client.subscribe(bars, AAPL, () => {});
  await tick();
  expect(network.socket.sent).toEqual([]);
  network.socket.accept();
  expect(network.socket.sent).toHaveLength(1);
});

test("describes the past and the next event in the state's reason", () => {
  const { client, network, clock } = setUp();
  const reasons: string[] = [];
  const stop = client.onState(({ reason }) => reasons.push(reason));
  expect(client.state).toEqual({ status: "connecting", reason: "Connecting to ws://memory/api/v1/ws" });
  network.socket.end(1006);
  clock.advance(500);
  network.socket.accept();
  network.socket.end(1011, "Internal error");
  expect(reasons).toEqual([
    "Could not connect (1006): trying again in 0.5 s",
    "Connecting to ws://memory/api/v1/ws",
    "Connected to ws://memory/api/v1/ws",
    "Connection lost (1011, Internal error): trying again in 1.0 s",
  ]);
  stop();
  stop();
  clock.advance(1_000);
  network.socket.accept();
  expect(reasons).toHaveLength(4);
});

test("doubles the backoff up to the maximum, and resets it after a lasting connection", () => {
  const { client, network, clock } = setUp();
  const wait = () => Number(/in ([\d.]+) s/.exec(client.state.reason)?.[1]);
  const waits: number[] = [];
  for (let attempt = 0; attempt < 7; attempt++) {
    // A connection that closes immediately after the handshake does not count as a success.
    network.socket.accept();
    network.socket.end();
    waits.push(wait());
    clock.advance(wait() * 1000);
  }
  expect(waits).toEqual([0.5, 1, 2, 4, 8, 15, 15]);
  network.socket.accept();
  clock.advance(30_000);
  network.socket.end();
  expect(wait()).toBe(0.5);
});

test("draws the moment of a reconnect from the whole window", () => {
  for (const random of [0, 0.25, 0.999]) {
    const { client, network } = setUp({ random: () => random });
    network.socket.end();
    expect(client.state.reason).toContain(`in ${random.toFixed(1)} s`);
  }
});

test.each([
  ["the heartbeat's end, behind a prefix", 1003, "WS: Connection timed out. Heartbeat interval 30.0.", "0.5"],
  ["a restart", 1012, "", "0.5"],
  ["a session code for an immediate reconnect", 4242, "", "0.5"],
  ["a rejected frame", 1003, "No matching type", "4.0"],
  ["a session code for a longer backoff", 4150, "", "4.0"],
])("a close that means %s", (_, code, reason, seconds) => {
  const { client, network, clock } = setUp();
  for (const ms of [500, 1_000, 2_000]) {
    network.socket.end();
    clock.advance(ms);
  }
  network.socket.accept();
  network.socket.end(code, reason);
  expect(client.state.reason).toContain(`trying again in ${seconds} s`);
});

test("closes the client if the close code disables reconnection", async () => {
  const { client, network, clock } = setUp();
  network.socket.accept();
  const { ready } = client.subscribe(bars, AAPL, () => {});
  await tick();
  network.socket.end(4003, "Forbidden");
  expect(client.state).toEqual({
    status: "closed",
    reason: "Connection lost (4003, Forbidden): the server disabled reconnection",
  });
  await expect(ready).rejects.toMatchObject({ code: "closed" });
  expect(clock.pending).toBe(0);
});

test("closes a socket that does not open in time", () => {
  const { client, network, clock } = setUp();
  clock.advance(10_000);
  expect(network.socket.closedByClient).toBe(true);
  expect(client.state.reason).toBe("Could not connect (1006, timed out after 10.0 s): trying again in 0.5 s");
});

test("repeats a confirmed subscribe after half of the heartbeat interval without sending", async () => {
  const { client, network, clock } = setUp();
  const { socket } = network;
  socket.accept();
  clock.advance(15_000);
  expect(socket.sent).toEqual([]);
  client.subscribe(bars, AAPL, () => {});
  await tick();
  socket.confirm(socket.sent[0], TOPIC);
  clock.advance(10_000);
  client.subscribe(bars, MSFT, () => {});
  await tick();
  clock.advance(14_999);
  expect(socket.sent).toHaveLength(2);
  clock.advance(1);
  expect(socket.sent[2]).toEqual({ type: "bars.subscribe", payload: AAPL, id: 3 });
});

test("a server silent after a heartbeat is left", async () => {
  const { client, network, clock } = setUp();
  const { socket } = network;
  socket.accept();
  client.subscribe(bars, AAPL, () => {});
  await tick();
  socket.confirm(socket.sent[0], TOPIC);
  clock.advance(15_000);
  socket.update(TOPIC, {});
  clock.advance(15_000);
  expect(client.state.status).toBe("connected");
  clock.advance(15_000);
  expect(client.state.reason).toContain("silent for 15 s after a heartbeat");
  expect(socket.closedByClient).toBe(true);
});

test("can be closed by a listener of the state", () => {
  const { client, network, clock } = setUp();
  client.onState(() => client.close());
  network.socket.accept();
  expect([client.state.status, clock.pending, network.socket.closedByClient]).toEqual(["closed", 0, true]);
});

test("follows the protocol's table of close codes for every code and reason", () => {
  const reasons = ["", ...Object.values(closeCodes).map(({ reason }) => `WS: ${reason}`)];
  const differing = reasons.flatMap((reason) =>
    Array.from({ length: 4000 }, (_, index) => 1000 + index).filter(
      (code) => reconnectAfter(code, reason) !== tableSays(code, reason),
    ),
  );
  expect(differing).toEqual([]);
});
