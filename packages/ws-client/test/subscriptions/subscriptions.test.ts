import { bars, quotes, trades } from "@trading/topic/shapes";
import { expect, test } from "vitest";
import { setUp } from "../helpers/harness.js";
import { tick } from "../helpers/memory-network.js";
import { AAPL, bar, subscribed, TOPIC } from "../helpers/subscribed.js";

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

test("each is dealt with that was chosen by chance: the share that is checked", async () => {
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
