import { bars, quotes, trades } from "@trading/topic/shapes";
import { expect, onTestFinished, test, vi } from "vitest";
import { createClient } from "../src/index.js";
import { setUp } from "./helpers/harness.js";
import { tick } from "./helpers/memory-network.js";

const AAPL = { symbol: "AAPL", resolution: "1" } as const;
const TOPIC = 'bars:{"resolution":"1","symbol":"AAPL"}';
const bar = (close: number, time = 1_697_097_600_000) => ({ time, open: 1, high: 9, low: 1, close, volume: 10 });

/** A client that holds the AAPL bars, confirmed. */
async function subscribed(options: Parameters<typeof setUp>[0] = {}) {
  const set = setUp(options);
  const received: unknown[] = [];
  set.network.socket.accept();
  const handle = set.client.subscribe(bars, AAPL, (update) => received.push(update));
  await tick();
  set.network.socket.confirm(set.network.socket.sent[0], TOPIC);
  return { ...set, handle, received, socket: set.network.socket };
}

test("subscribes with the parameters given, and hands on the updates of the topic built", async () => {
  const { socket, handle, received, errors } = await subscribed();
  expect(socket.sent).toEqual([{ type: "bars.subscribe", payload: AAPL, id: 1 }]);
  expect(handle.topic).toBe(TOPIC);
  await handle.ready;
  socket.update(TOPIC, bar(2));
  socket.update('bars:{"resolution":"1","symbol":"MSFT"}', bar(3));
  expect(received).toEqual([bar(2)]);
  expect(errors).toEqual([]);
});

test("parameters outside the route never reach the wire, and a later change of the object changes nothing", async () => {
  const { client, network } = setUp();
  const params = { ...AAPL, extra: () => 1 } as unknown as { symbol: string; resolution: "1" };
  client.subscribe(bars, params, () => {});
  params.symbol = "MSFT";
  await tick();
  network.socket.accept();
  expect(network.socket.sent[0]?.payload).toEqual(AAPL);
});

test("parameters no topic can be built of are thrown at the caller", () => {
  const { client } = setUp();
  expect(() => client.subscribe(bars, { symbol: "AAPL" } as never, () => {})).toThrow(/resolution/);
});

test("any number of listeners share one wire subscription, released by the last", async () => {
  const { client, socket, handle, received } = await subscribed();
  const second: unknown[] = [];
  const other = client.subscribe(bars, { resolution: "1", symbol: "AAPL" }, (update) => second.push(update));
  await other.ready;
  await tick();
  expect(socket.sent).toHaveLength(1);
  socket.update(TOPIC, bar(2));
  expect([received, second]).toEqual([[bar(2)], [bar(2)]]);
  handle();
  await tick();
  expect(socket.sent).toHaveLength(1);
  other();
  await tick();
  expect(socket.sent.slice(1)).toEqual([{ type: "bars.unsubscribe", payload: AAPL, id: 2 }]);
});

test("stopping twice releases nobody else", async () => {
  const { client, socket, handle } = await subscribed();
  const kept: unknown[] = [];
  const listener = (update: unknown) => kept.push(update);
  const first = client.subscribe(bars, AAPL, listener);
  client.subscribe(bars, AAPL, listener);
  first();
  first();
  handle();
  handle();
  await tick();
  socket.update(TOPIC, bar(2));
  expect(kept).toEqual([bar(2)]);
  expect(socket.sent).toHaveLength(1);
});

test("a handle is Disposable", async () => {
  const { handle, socket, received } = await subscribed();
  handle[Symbol.dispose]();
  socket.update(TOPIC, bar(2));
  expect(received).toEqual([]);
});

test("what comes and goes within one tick costs at most one frame", async () => {
  const { client, network, handle } = await subscribed();
  const { sent } = network.socket;
  handle();
  const again = client.subscribe(bars, AAPL, () => {});
  await tick();
  expect(sent).toHaveLength(1);
  await again.ready;
  const brief = client.subscribe(bars, { ...AAPL, symbol: "MSFT" }, () => {});
  brief();
  await tick();
  expect(sent).toHaveLength(1);
  await expect(brief.ready).rejects.toMatchObject({ code: "stopped" });
});

test("a late listener is handed what a newcomer would get", async () => {
  const { client, network } = setUp();
  const { socket } = network;
  socket.accept();
  const symbols = { symbols: ["AAPL", "MSFT"], fast_symbols: [] };
  const handles = [
    client.subscribe(bars, AAPL, () => {}),
    client.subscribe(quotes, symbols, () => {}),
    client.subscribe(trades, { symbol: "AAPL" }, () => {}),
  ];
  await tick();
  const [barsTopic, quotesTopic, tradesTopic] = handles.map(({ topic }) => topic) as [string, string, string];
  for (const [index, { topic }] of handles.entries()) socket.confirm(socket.sent[index], topic);
  socket.update(barsTopic, bar(2));
  socket.update(barsTopic, bar(3, 1_697_097_660_000));
  socket.update(barsTopic, bar(2.5));
  for (const [n, lp] of [
    ["AAPL", 1],
    ["MSFT", 2],
    ["AAPL", 3],
  ])
    socket.update(quotesTopic, { s: "ok", n, v: { lp } });
  socket.update(tradesTopic, { price: 1 });

  const late: unknown[] = [];
  const hear = (update: unknown) => late.push(update);
  client.subscribe(bars, AAPL, hear);
  expect(late.splice(0)).toEqual([bar(3, 1_697_097_660_000)]);
  client.subscribe(quotes, symbols, hear);
  // In the order in which they came, as offsets ascend.
  expect(late.splice(0)).toEqual([
    { s: "ok", n: "MSFT", v: { lp: 2 } },
    { s: "ok", n: "AAPL", v: { lp: 3 } },
  ]);
  client.subscribe(trades, { symbol: "AAPL" }, hear);
  expect(late).toEqual([]);
});

test("a listener that throws stops nobody, and is reported", async () => {
  const { client, socket, received, errors } = await subscribed();
  client.subscribe(bars, AAPL, () => {
    throw new Error("my bug");
  });
  const after: unknown[] = [];
  client.subscribe(bars, AAPL, (update) => after.push(update));
  socket.update(TOPIC, bar(2));
  expect([received, after]).toEqual([[bar(2)], [bar(2)]]);
  expect(errors).toMatchObject([{ code: "listener_failed", topic: TOPIC, cause: { message: "my bug" } }]);
});

test("a listener added while an update is handed out gets it once", async () => {
  const { client, socket } = await subscribed();
  const late: unknown[] = [];
  let added = false;
  client.subscribe(bars, AAPL, () => {
    if (!added) client.subscribe(bars, AAPL, (update) => late.push(update));
    added = true;
  });
  socket.update(TOPIC, bar(2));
  expect(late).toEqual([bar(2)]);
});

test("a reply with another topic than the one built is an error, never silence", async () => {
  const { client, network, errors } = setUp();
  network.socket.accept();
  const { ready } = client.subscribe(bars, AAPL, () => {});
  await tick();
  network.socket.confirm(network.socket.sent[0], "bars:AAPL:1");
  await expect(ready).rejects.toMatchObject({ name: "ClientError", code: "topic_mismatch", topic: TOPIC });
  expect(errors).toMatchObject([{ code: "topic_mismatch" }]);
  expect(errors[0]?.message).toContain("bars:AAPL:1");
});

test("a refusal reaches ready and onError with the server's code and message; asking again asks again", async () => {
  const { client, network, errors } = setUp();
  const { socket } = network;
  socket.accept();
  const { ready } = client.subscribe(bars, AAPL, () => {});
  await tick();
  const payload = { status: "error", message: "no symbol AAPL: ask for MSFT", code: "unknown_symbol", topic: TOPIC };
  socket.say({ type: "bars.subscribe.response", payload, id: 1 });
  await expect(ready).rejects.toMatchObject({ code: "unknown_symbol", topic: TOPIC });
  expect(errors[0]?.message).toBe("no symbol AAPL: ask for MSFT");
  const again = client.subscribe(bars, AAPL, () => {});
  await tick();
  expect(socket.sent).toHaveLength(2);
  socket.confirm(socket.sent[1], TOPIC);
  await again.ready;
});

test("replies overtake each other by id", async () => {
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

test("a server without ids is understood by the order of its replies, and gets an unsubscribe for each subscribe", async () => {
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

test("no answer is an error after a while, and a late answer still counts", async () => {
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
  ["a payload that is no object", { type: "bars.update", payload: 1 }],
  ["an update without a topic", { type: "bars.update", payload: { payload: {} } }],
  ["a reply to nothing", { type: "bars.subscribe.response", payload: { status: "ok" }, id: 77 }],
  ["a reply without a status", { type: "bars.subscribe.response", payload: {}, id: 1 }],
  ["a binary frame", new ArrayBuffer(1)],
])("%s is reported, and the connection goes on", async (_, frame) => {
  const { socket, received, errors } = await subscribed();
  socket.say(frame);
  expect(errors).toMatchObject([{ code: "invalid_message" }]);
  socket.update(TOPIC, bar(2));
  expect(received).toEqual([bar(2)]);
});

test("a route that can parse updates does; what does not fit reaches nobody", async () => {
  const { client, network, errors } = setUp();
  const { socket } = network;
  const parseUpdate = (input: unknown) => {
    if (typeof (input as { close: unknown }).close !== "number") throw new Error("close is no number");
    return input as ReturnType<typeof bar>;
  };
  socket.accept();
  const received: unknown[] = [];
  client.subscribe({ ...bars, parseUpdate }, AAPL, (update) => received.push(update));
  await tick();
  socket.confirm(socket.sent[0], TOPIC);
  socket.update(TOPIC, { ...bar(1), close: "1" });
  socket.update(TOPIC, bar(2));
  expect(received).toEqual([bar(2)]);
  expect(errors).toMatchObject([{ code: "invalid_update", topic: TOPIC }]);
});

test("an onError that throws harms nobody", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  onTestFinished(() => log.mockRestore());
  const { socket, received } = await subscribed({
    onError: () => {
      throw new Error("logging is broken");
    },
  });
  socket.say("{");
  expect(log).toHaveBeenCalledOnce();
  socket.update(TOPIC, bar(2));
  expect(received).toEqual([bar(2)]);
});

test("close is final: no timer, socket or listener is left, and what awaits is told", async () => {
  const { client, clock, socket, received, handle, errors } = await subscribed();
  const states: string[] = [];
  client.onState(({ status }) => states.push(status));
  const waiting = client.subscribe(bars, { ...AAPL, symbol: "MSFT" }, () => {});
  await tick();
  client.close();
  client.close();
  expect(clock.pending).toBe(0);
  expect(socket.closedByClient).toBe(true);
  expect([socket.onopen, socket.onmessage, socket.onclose]).toEqual([null, null, null]);
  expect(states).toEqual(["closed"]);
  await expect(waiting.ready).rejects.toMatchObject({ code: "closed" });
  await handle.ready;
  socket.update(TOPIC, bar(2));
  expect(received).toEqual([]);
  const after = client.subscribe(bars, AAPL, () => {});
  await expect(after.ready).rejects.toMatchObject({ code: "closed" });
  await tick();
  expect([clock.pending, errors]).toEqual([0, []]);
});

test("a platform without WebSocket is told what to pass; so is a wrong option", () => {
  const { network } = setUp();
  if (!("WebSocket" in globalThis)) {
    const lazy = createClient({ url: "ws://memory" });
    expect(() => lazy.subscribe(bars, AAPL, () => {})).toThrow(/No WebSocket.*pass that of the package "ws"/);
    expect(() => createClient({ url: "ws://memory", eager: true })).toThrow(
      /No WebSocket.*pass that of the package "ws"/,
    );
  }
  expect(() => createClient({ url: "ws://memory", WebSocket: network.WebSocket, backoffMaxMs: -1 })).toThrow(
    'Invalid option "backoffMaxMs": expected a number >= 0, got -1',
  );
});
