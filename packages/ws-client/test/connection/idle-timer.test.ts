import { trades } from "@trading/topic/shapes";
import { expect, test } from "vitest";
import { setUp } from "../helpers/harness.js";
import { tick } from "../helpers/memory-network.js";

const AAPL = { symbol: "AAPL" };
const TRADES = 'trades:{"symbol":"AAPL"}';

/** Advances the clock, with a frame from the server every second, so that the connection is alive. */
function live({ clock, network }: Pick<ReturnType<typeof setUp>, "clock" | "network">, ms: number) {
  for (; ms > 0; ms -= 1_000) {
    clock.advance(Math.min(ms, 1_000));
    network.socket.say({ type: "pong" });
  }
}

async function connected(options: Parameters<typeof setUp>[0] = {}) {
  const set = setUp({ eager: false, idleTimeoutMs: 60_000, ...options });
  const stop = set.client.subscribe(trades, AAPL, () => {});
  set.network.socket.welcome();
  await tick();
  set.network.socket.confirm(set.network.socket.sent[0], TRADES, { epoch: "e", offset: 0, retention: "log" });
  return { ...set, stop };
}

test("disconnects after idleTimeoutMs without a topic, and connects with the next one", async () => {
  const { client, network, clock, stop } = await connected();
  stop();
  await tick();
  live({ clock, network }, 59_999);
  expect(client.state.status).toBe("connected");
  clock.advance(1);
  expect(client.state).toEqual({ status: "disconnected", reason: "Idle: connects with the next subscription" });
  expect(network.socket.closedByClient).toBe(true);
  expect(clock.pending).toBe(0);
  client.subscribe(trades, AAPL, () => {});
  expect(network.sockets).toHaveLength(2);
});

test("stops its attempts after idleTimeoutMs if nothing needs a connection", async () => {
  const { client, network, clock, stop } = await connected();
  stop();
  await tick();
  network.socket.end();
  for (let second = 0; second < 60; second++) {
    clock.advance(1_000);
    network.socket.end();
  }
  expect(client.state.status).toBe("disconnected");
  const attempts = network.sockets.length;
  clock.advance(3_600_000);
  expect(network.sockets).toHaveLength(attempts);
});

test("stays connected while a topic is left, and counts from the last one", async () => {
  const { client, network, clock, stop } = await connected();
  const other = client.subscribe(trades, { symbol: "MSFT" }, () => {});
  stop();
  await tick();
  live({ clock, network }, 200_000);
  other();
  await tick();
  live({ clock, network }, 59_999);
  expect(client.state.status).toBe("connected");
  clock.advance(1);
  expect(client.state.status).toBe("disconnected");
});

test("stays connected while a request waits for its reply", async () => {
  const { client, network, clock, stop } = await connected();
  stop();
  await tick();
  live({ clock, network }, 30_000);
  const reply = client.request({ name: "slow", access: "public" }, {}, { timeoutMs: 0 });
  await tick();
  live({ clock, network }, 200_000);
  expect(client.state.status).toBe("connected");
  const request = network.socket.sent.findLast(({ type }) => type === "slow");
  network.socket.say({ type: "slow.response", payload: {}, id: request?.id });
  await reply;
  await tick();
  live({ clock, network }, 60_000);
  expect(client.state.status).toBe("disconnected");
});

test.each([
  ["eager", { eager: true }],
  ["without a limit", { idleTimeoutMs: 0 }],
])("stays connected if it is %s", async (_, options) => {
  const { client, network, clock, stop } = await connected(options);
  stop();
  await tick();
  live({ clock, network }, 1_000_000);
  expect(client.state.status).toBe("connected");
});

test("disconnect() stops the timer of an idle client", async () => {
  const { client, clock, stop } = await connected();
  stop();
  await tick();
  client.disconnect();
  const states: string[] = [];
  client.onState(({ reason }) => states.push(reason));
  expect(clock.pending).toBe(0);
  client.disconnect();
  expect(states).toEqual([]);
});

test("disconnect() closes the socket, keeps topics and positions, and connect() resumes them", async () => {
  const { client, network, clock } = await connected();
  network.socket.update(TRADES, { id: "1" }, 1);
  client.disconnect();
  expect(client.state).toEqual({ status: "disconnected", reason: "Disconnected: connects with the next subscription" });
  expect([network.socket.closedByClient, clock.pending]).toEqual([true, 0]);
  clock.advance(3_600_000);
  expect(network.sockets).toHaveLength(1);
  client.connect();
  network.socket.welcome();
  expect(network.socket.sent[0]).toMatchObject({ type: "trades.subscribe", resume: { epoch: "e", offset: 1 } });
});
