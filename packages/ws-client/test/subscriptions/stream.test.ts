import { orders, trades } from "@trading/topic/shapes";
import { expect, test } from "vitest";
import { setUp } from "../helpers/harness.js";
import { tick } from "../helpers/memory-network.js";

const AAPL = { symbol: "AAPL" };
const TRADES = 'trades:{"symbol":"AAPL"}';
const ACCOUNT = { accountId: "A-1" };
/** As compilers translate `await using` on platforms without the symbol. */
const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");
const types = (socket: { sent: readonly { type: string }[] }) => socket.sent.map(({ type }) => type);

/** A stream that is being read, of a topic that is confirmed. */
async function reading(options: Parameters<ReturnType<typeof setUp>["client"]["stream"]>[2] = {}) {
  const set = setUp();
  const { socket } = set.network;
  socket.welcome();
  const stream = set.client.stream(trades, AAPL, options);
  const first = stream.next();
  await tick();
  socket.confirm(socket.sent[0], TRADES, { epoch: "e", offset: 0 });
  return { ...set, socket, stream, first };
}

test("yields each update in order, and unsubscribes when the loop is left", async () => {
  const { client, network } = setUp({ eager: false });
  const seen: unknown[] = [];
  const loop = (async () => {
    for await (const trade of client.stream(trades, AAPL)) {
      seen.push(trade);
      if (seen.length === 3) break;
    }
  })();
  const { socket } = network;
  socket.welcome();
  await tick();
  socket.confirm(socket.sent[0], TRADES, { epoch: "e", offset: 0 });
  for (const offset of [1, 2, 3, 4]) socket.update(TRADES, { id: String(offset) }, offset);
  await loop;
  await tick();
  expect(seen).toEqual([{ id: "1" }, { id: "2" }, { id: "3" }]);
  expect(types(socket)).toEqual(["trades.subscribe", "trades.unsubscribe"]);
});

test("keeps the latest unread update of each key", async () => {
  const { client, network } = setUp();
  const { socket } = network;
  const topic = 'orders:{"accountId":"A-1"}';
  socket.welcome();
  const stream = client.stream(orders, ACCOUNT);
  const first = stream.next();
  await tick();
  socket.confirm(socket.sent[0], topic, { epoch: "e", offset: 0 });
  const all = ["a1", "b1", "a2"].map((text) => ({ id: text[0], text }));
  for (const [index, order] of all.entries()) socket.update(topic, order, index + 1);
  const read = [(await first).value, (await stream.next()).value] as unknown as { text: string }[];
  expect(read.map(({ text }) => text)).toEqual(["b1", "a2"]);
  await stream.return();
});

test("rejects with a signal's reason, and with the topic's refusal", async () => {
  const abort = new AbortController();
  const { first } = await reading({ signal: abort.signal });
  abort.abort(new Error("enough"));
  await expect(first).rejects.toThrow("enough");

  const { first: refused, socket } = await reading();
  socket.say({ type: "subscription.ended", payload: { topic: TRADES, code: "forbidden", retryable: false } });
  await expect(refused).rejects.toMatchObject({ code: "forbidden" });
});

test("fails with overflow if it is read too slowly", async () => {
  const { first, stream, socket } = await reading({ maxBuffered: 2 });
  for (const offset of [1, 2, 3, 4]) socket.update(TRADES, { id: String(offset) }, offset);
  await expect(first).rejects.toMatchObject({ code: "overflow" });
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});

test("ends when the client closes", async () => {
  const { client, first } = await reading();
  client.close();
  await expect(first).rejects.toMatchObject({ code: "closed" });
});

test("ends immediately with a pending read when it is returned, thrown into or disposed of", async () => {
  const ends = {
    return: (stream: AsyncGenerator) => stream.return(undefined),
    throw: (stream: AsyncGenerator) => stream.throw(new Error("enough")).catch(({ message }) => message),
    dispose: (stream: AsyncGenerator) => stream[asyncDispose](),
  };
  const results: unknown[] = [];
  for (const end of Object.values(ends)) {
    const { stream, first, socket, errors } = await reading();
    results.push(await end(stream));
    expect(await first).toEqual({ done: true, value: undefined });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(types(socket)).toEqual(["trades.subscribe", "trades.unsubscribe"]);
    expect(errors).toEqual([]);
  }
  expect(results).toEqual([{ done: true, value: undefined }, "enough", undefined]);
});

test("lets a read with a timeout end the iteration", async () => {
  const { stream, first, socket } = await reading();
  const timeout = tick().then(() => "timeout");
  expect(await Promise.race([first, timeout])).toBe("timeout");
  await stream.return();
  expect(types(socket)).toEqual(["trades.subscribe", "trades.unsubscribe"]);
});

test("fulfils concurrent reads in their order", async () => {
  const { socket, stream, first } = await reading();
  const reads = [first, stream.next(), stream.next(), stream.next()];
  for (const offset of [1, 2]) socket.update(TRADES, { id: String(offset) }, offset);
  expect(await Promise.all(reads.slice(0, 2))).toEqual([
    { done: false, value: { id: "1" } },
    { done: false, value: { id: "2" } },
  ]);
  await stream.return();
  expect(await Promise.all(reads.slice(2))).toEqual(Array(2).fill({ done: true, value: undefined }));
});

test("rejects only the oldest of several reads with an error", async () => {
  const abort = new AbortController();
  const { stream, first, socket } = await reading({ signal: abort.signal });
  const second = stream.next();
  abort.abort(new Error("enough"));
  await expect(first).rejects.toThrow("enough");
  expect([await second, await stream.next()]).toEqual(Array(2).fill({ done: true, value: undefined }));
  await tick();
  expect(types(socket)).toEqual(["trades.subscribe", "trades.unsubscribe"]);
});

test("unsubscribes and drops its buffer on an error that no read is waiting for", async () => {
  const { first, stream, socket } = await reading({ maxBuffered: 2 });
  socket.update(TRADES, { id: "0" }, 1);
  await first;
  for (const offset of [2, 3, 4]) socket.update(TRADES, { id: String(offset) }, offset);
  await tick();
  expect(types(socket)).toEqual(["trades.subscribe", "trades.unsubscribe"]);
  await expect(stream.next()).rejects.toMatchObject({ code: "overflow" });
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});

test("does not subscribe if it is returned before the first read, and reports a refused subscribe once", async () => {
  const { client, network } = setUp();
  network.socket.welcome();
  const stream = client.stream(trades, AAPL);
  await stream.return();
  expect(await stream.next()).toEqual({ done: true, value: undefined });
  await tick();
  expect(types(network.socket)).toEqual([]);

  const aborted = client.stream(trades, AAPL, { signal: AbortSignal.abort(new Error("too late")) });
  await expect(aborted.next()).rejects.toThrow("too late");
  const invalid = client.stream(trades, { symbol: 1 as never });
  await expect(invalid.next()).rejects.toMatchObject({ name: "TopicError" });
  expect([await aborted.next(), await invalid.next()]).toEqual(Array(2).fill({ done: true, value: undefined }));
  await tick();
  expect(types(network.socket)).toEqual([]);
});

test("reports no error after it was returned", async () => {
  const { client, stream, first, errors } = await reading();
  await stream.return();
  client.close();
  expect([await first, await stream.next()]).toEqual(Array(2).fill({ done: true, value: undefined }));
  expect(errors).toEqual([]);
});

test("drops the unread updates of a user who logs out", async () => {
  const { client, network } = setUp({ getToken: () => "token" });
  const { socket } = network;
  const topic = 'orders:{"accountId":"A-1"}';
  socket.welcome();
  await tick();
  const login = socket.sent[0];
  socket.say({ type: "auth.login.response", payload: { status: "ok", message: "", subject: "ann" }, id: login?.id });
  const stream = client.stream(orders, ACCOUNT);
  const first = stream.next();
  await tick();
  socket.confirm(socket.sent[1], topic, { epoch: "e", offset: 0 });
  socket.update(topic, { id: "a" }, 1);
  expect((await first).value).toEqual({ id: "a" });
  socket.update(topic, { id: "b" }, 2);
  client.logout();
  const second = stream.next();
  expect(await Promise.race([second, tick().then(() => "none")])).toBe("none");
  await stream.return();
  expect(await second).toEqual({ done: true, value: undefined });
});
