import { bars, trades } from "@trading/topic/shapes";
import { expect, test } from "vitest";
import { setUp } from "../helpers/harness.js";
import { tick } from "../helpers/memory-network.js";
import { AAPL, bar, subscribed, TOPIC } from "../helpers/subscribed.js";

test("matches replies by id, in any order", async () => {
  const { client, network } = setUp();
  const { socket } = network;
  socket.accept();
  const first = client.subscribe(bars, AAPL, () => {});
  const second = client.subscribe(bars, { ...AAPL, symbol: "MSFT" }, () => {});
  await tick();
  socket.confirm(socket.sent[1], second.topic);
  await second.ready;
  socket.confirm(socket.sent[0], first.topic);
  await first.ready;
});

test("matches replies by order without ids, and sends an unsubscribe for each subscribe", async () => {
  const { client, network, clock, errors } = setUp();
  const { socket } = network;
  socket.accept();
  const first = client.subscribe(bars, AAPL, () => {});
  const second = client.subscribe(bars, { ...AAPL, symbol: "MSFT" }, () => {});
  const other = client.subscribe(trades, { symbol: "AAPL" }, () => {});
  await tick();
  socket.confirm(socket.sent[2], other.topic, { echo: false });
  socket.confirm(socket.sent[0], first.topic, { echo: false });
  socket.confirm(socket.sent[1], second.topic, { echo: false });
  await Promise.all([first.ready, second.ready, other.ready]);
  clock.advance(15_000);
  expect(socket.sent[3]).toMatchObject({ type: "bars.subscribe", payload: AAPL });
  socket.confirm(socket.sent[3], first.topic, { echo: false });
  first();
  second();
  await tick();
  expect(socket.sent.slice(4).map(({ payload }) => payload.symbol)).toEqual(["AAPL", "AAPL", "MSFT"]);
  expect(errors).toEqual([]);
});

test("fails with no_reply after the timeout, and accepts a late reply", async () => {
  const { client, network, clock, errors } = setUp();
  network.socket.accept();
  const states: string[] = [];
  const { ready } = client.subscribe(bars, AAPL, { onStatus: ({ state }) => states.push(state) });
  await tick();
  clock.advance(10_000);
  await expect(ready).rejects.toMatchObject({ code: "no_reply", topic: TOPIC });
  expect(errors).toHaveLength(1);
  network.socket.confirm(network.socket.sent[0], TOPIC, { echo: false });
  expect(states).toEqual(["pending", "error", "live"]);
});

test.each([
  ["not JSON", "{"],
  ["no envelope", "[]"],
  ["no type", { payload: {} }],
  ["a payload that is not an object", { type: "bars.update", payload: 1 }],
  ["an update without a topic", { type: "bars.update", payload: { payload: {} } }],
  ["a reply to nothing", { type: "bars.subscribe.response", payload: { status: "ok" }, id: 77 }],
  ["a reply without a status", { type: "bars.subscribe.response", payload: {}, id: 1 }],
  ["a binary frame", new ArrayBuffer(1)],
])("reports %s, and keeps the connection", async (_, frame) => {
  const { socket, received, errors } = await subscribed();
  socket.say(frame);
  expect(errors).toMatchObject([{ code: "invalid_message" }]);
  socket.update(TOPIC, bar(2));
  expect(received).toEqual([bar(2)]);
});
