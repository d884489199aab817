import { bars, quotes, trades } from "@trading/topic/shapes";
import { expect, test } from "vitest";
import { setUp } from "../helpers/harness.js";
import { tick } from "../helpers/memory-network.js";
import { AAPL, bar, subscribed, TOPIC } from "../helpers/subscribed.js";

test("sends the parameters, and delivers the topic's updates", async () => {
  const { socket, handle, received, errors } = await subscribed();
  expect(socket.sent).toEqual([{ type: "bars.subscribe", payload: AAPL, id: 1 }]);
  expect(handle.topic).toBe(TOPIC);
  await handle.ready;
  socket.update(TOPIC, bar(2));
  socket.update('bars:{"resolution":"1","symbol":"MSFT"}', bar(3));
  expect(received).toEqual([bar(2)]);
  expect(errors).toEqual([]);
});

test("sends only the route's parameters, as they were on subscribing", async () => {
  const { client, network } = setUp();
  const params = { ...AAPL, extra: () => 1 } as unknown as { symbol: string; resolution: "1" };
  client.subscribe(bars, params, () => {});
  params.symbol = "MSFT";
  await tick();
  network.socket.accept();
  expect(network.socket.sent[0]?.payload).toEqual(AAPL);
});

test("throws on parameters that no topic can be built from", () => {
  const { client } = setUp();
  expect(() => client.subscribe(bars, { symbol: "AAPL" } as never, () => {})).toThrow(/resolution/);
});

test("shares one subscription among listeners, and ends it with the last", async () => {
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

test("ignores a second stop of the same listener", async () => {
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

test("ends a subscription by Symbol.dispose", async () => {
  const { handle, socket, received } = await subscribed();
  handle[Symbol.dispose]();
  socket.update(TOPIC, bar(2));
  expect(received).toEqual([]);
});

test("sends at most one frame for changes within one tick", async () => {
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

test("delivers the known updates to a late listener", async () => {
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
  const listener = (update: unknown) => late.push(update);
  client.subscribe(bars, AAPL, listener);
  expect(late.splice(0)).toEqual([bar(3, 1_697_097_660_000)]);
  client.subscribe(quotes, symbols, listener);
  // In the order in which they came, as offsets ascend.
  expect(late.splice(0)).toEqual([
    { s: "ok", n: "MSFT", v: { lp: 2 } },
    { s: "ok", n: "AAPL", v: { lp: 3 } },
  ]);
  client.subscribe(trades, { symbol: "AAPL" }, listener);
  expect(late).toEqual([]);
});

test("reports a listener that throws, and calls the others", async () => {
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

test("delivers an update once to a listener that is added meanwhile", async () => {
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

test("fails if the server confirms another topic", async () => {
  const { client, network, errors } = setUp();
  network.socket.accept();
  const { ready } = client.subscribe(bars, AAPL, () => {});
  await tick();
  network.socket.confirm(network.socket.sent[0], "bars:AAPL:1");
  await expect(ready).rejects.toMatchObject({ name: "ClientError", code: "topic_mismatch", topic: TOPIC });
  expect(errors).toMatchObject([{ code: "topic_mismatch" }]);
  expect(errors[0]?.message).toContain("bars:AAPL:1");
});

test("reports a refusal, and retries with the next listener", async () => {
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

test("drops and reports invalid updates", async () => {
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

test("validates the share of updates in validationShare", async () => {
  const checked: unknown[] = [];
  let chance = 0;
  const { client, network } = setUp({ validationShare: 0.5, random: () => chance });
  const parseUpdate = (input: unknown) => {
    checked.push(input);
    return input as never;
  };
  network.socket.welcome();
  client.subscribe({ ...trades, parseUpdate }, { symbol: "AAPL" }, () => {});
  await tick();
  network.socket.confirm(network.socket.sent[0], 'trades:{"symbol":"AAPL"}', { epoch: "e", offset: 0 });
  for (const [offset, luck] of [0, 0.49, 0.5, 0.99].entries()) {
    chance = luck;
    network.socket.update('trades:{"symbol":"AAPL"}', { id: luck }, offset + 1);
  }
  expect(checked).toEqual([{ id: 0 }, { id: 0.49 }]);
});
