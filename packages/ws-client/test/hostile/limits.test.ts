import { orders, trades } from "@trading/topic/shapes";
import { expect, test } from "vitest";
import { setUp } from "../helpers/harness.js";
import { tick } from "../helpers/memory-network.js";
import { AAPL, bar, subscribed, TOPIC } from "../helpers/subscribed.js";

const ACCOUNT = { accountId: "A-1" };
const ORDERS = 'orders:{"accountId":"A-1"}';
const TRADES = 'trades:{"symbol":"AAPL"}';
const UNREADABLE = { toString: 0, valueOf: 0 };

/** Returns a client that has logged in, and counts the calls of `getToken`. */
async function loggedIn() {
  let tokens = 0;
  const set = setUp({ getToken: () => `token ${++tokens}` });
  const { socket } = set.network;
  socket.welcome();
  await tick();
  const accept = () => {
    const { id } = socket.sent.filter(({ type }) => type === "auth.login").at(-1) ?? {};
    socket.say({ type: "auth.login.response", payload: { status: "ok", subject: "ann" }, id });
  };
  accept();
  return { ...set, socket, accept, tokens: () => tokens };
}

test("fetches a token for the first of many announcements, and paces the others by a backoff", async () => {
  const { socket, accept, clock, tokens } = await loggedIn();
  for (let ms = 0; ms < 6_000; ms += 10) {
    socket.say({ type: "auth.expiring", payload: { expiresInMs: 0 } });
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
    accept();
    if (ms === 0) expect(tokens()).toBe(2);
    clock.advance(10);
  }
  expect(tokens()).toBeGreaterThanOrEqual(4);
  expect(tokens()).toBeLessThanOrEqual(6);
});

test("ignores that a token expires while the next one is fetched", async () => {
  let tokens = 0;
  const { network } = setUp({
    getToken: () => {
      tokens += 1;
      return new Promise<string>(() => {});
    },
  });
  network.socket.welcome();
  for (let times = 0; times < 100; times++) network.socket.say({ type: "auth.expiring", payload: { expiresInMs: 0 } });
  expect(tokens).toBe(1);
});

test("fetches each token immediately if announcements are a minute apart", async () => {
  const { socket, accept, clock, tokens } = await loggedIn();
  for (let minute = 1; minute <= 5; minute++) {
    socket.say({ type: "auth.expiring", payload: { expiresInMs: 0 } });
    await tick();
    expect(tokens()).toBe(1 + minute);
    accept();
    clock.advance(10_000);
    socket.say({ type: "pong" });
    clock.advance(10_000);
    socket.say({ type: "pong" });
  }
});

test("paces the subscribes after missing updates of a log by a backoff", async () => {
  const { client, network, clock } = setUp();
  const { socket } = network;
  socket.welcome();
  let gaps = 0;
  client.subscribe(trades, { symbol: "AAPL" }, { onGap: () => gaps++ });
  await tick();
  const subscribes = () => socket.sent.filter(({ type }) => type === "trades.subscribe");
  let confirmed = 0;
  for (let ms = 0; ms < 6_000; ms++) {
    for (const frame of subscribes().slice(confirmed)) {
      socket.confirm(frame, TRADES, { epoch: "e", offset: ms * 1_000, recovered: false });
      confirmed += 1;
    }
    socket.update(TRADES, {}, ms * 1_000 + 500);
    await Promise.resolve();
    clock.advance(1);
    if (ms === 0) expect(subscribes()).toHaveLength(2);
  }
  expect(subscribes().length).toBeGreaterThanOrEqual(4);
  expect(subscribes().length).toBeLessThanOrEqual(7);
  expect(gaps).toBeLessThanOrEqual(7);
});

test.each([
  ["closes each connection with 1012", (socket: { end(code: number): void }) => socket.end(1012)],
  ["closes each connection with 4202", (socket: { end(code: number): void }) => socket.end(4202)],
])("paces reconnects if the server %s", async (_, attack) => {
  const { network, clock } = setUp();
  for (let ms = 0; ms < 20_000; ms += 10) {
    const { socket } = network;
    if (!socket.closedByClient && socket.onclose) {
      socket.welcome();
      attack(socket);
    }
    clock.advance(10);
  }
  expect(network.sockets.length).toBeGreaterThanOrEqual(4);
  expect(network.sockets.length).toBeLessThanOrEqual(8);
});

test("paces reconnects if the server names another user with each login", async () => {
  const { network, clock } = setUp({ getToken: () => "token" });
  for (let ms = 0; ms < 20_000; ms += 10) {
    const { socket } = network;
    if (socket.sent.length === 0 && !socket.closedByClient) socket.welcome();
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
    const login = socket.sent.find(({ type }) => type === "auth.login");
    if (login && !socket.closedByClient) socket.refuse(login, { code: "subject_changed" });
    clock.advance(10);
  }
  expect(network.sockets.length).toBeGreaterThanOrEqual(4);
  expect(network.sockets.length).toBeLessThanOrEqual(8);
});

test("sends at most ten heartbeats in a second, whatever interval the server requests", () => {
  const { network, clock } = setUp();
  const { socket } = network;
  socket.welcome({ heartbeatIntervalMs: 1 });
  for (let ms = 0; ms < 1_000; ms++) {
    clock.advance(1);
    if (socket.sent.at(-1)?.type === "ping") socket.say({ type: "pong" });
  }
  expect(network.sockets).toHaveLength(1);
  expect(socket.sent.length).toBeLessThanOrEqual(10);
});

test.each([
  ["nested deeper than 64", `{"type":"x","payload":{"a":${"[".repeat(63)}${"]".repeat(63)}}}`],
  ["nested deeper than 64", "[".repeat(1_000_000)],
  ["more than 131072 elements", `{"type":"x","payload":{"a":[${"0,".repeat(131_072)}0]}}`],
  ["longer than 1048576 characters", `{"type":"x","payload":{"a":"${"x".repeat(1_048_576)}"}}`],
])("reports a frame %s, and does not read it", async (problem, frame) => {
  const { socket, received, errors } = await subscribed();
  socket.say(frame);
  expect(errors).toMatchObject([{ code: "invalid_message", message: expect.stringContaining(problem) }]);
  socket.update(TOPIC, bar(2));
  expect(received).toEqual([bar(2)]);
});

test("reads a frame at its limits, and longer ones with the option maxFrameLength", async () => {
  const deep = `{"type":"x","payload":{"a":${"[".repeat(62)}${"]".repeat(62)}}}`;
  const text = `{"type":"x","payload":{"a":"${"[{".repeat(100)}"}}`;
  const { socket, errors } = await subscribed({ maxFrameLength: 2_000_000 });
  for (const frame of [deep, text, `{"type":"x","payload":{"a":"${"x".repeat(1_048_576)}"}}`]) socket.say(frame);
  expect(errors).toEqual([]);
});

test.each([
  ["an id", { type: "bars.subscribe.response", id: UNREADABLE, payload: {} }],
  ["an id of an error", { type: "error", payload: { id: UNREADABLE } }],
  ["a key that is compared", { type: "bars.update", payload: { topic: TOPIC, payload: { time: UNREADABLE } } }],
])("does not throw on %s that cannot be converted to a text or a number", async (_, frame) => {
  const { socket, errors, received } = await subscribed();
  socket.update(TOPIC, bar(1));
  socket.say(frame);
  socket.update(TOPIC, bar(2));
  expect(received.at(-1)).toEqual(bar(2));
  for (const error of errors) expect(error.message).not.toContain("Internal");
});

test("evicts the oldest known updates above maxKnownBytes, and reports it once", async () => {
  const { client, network, errors } = setUp({ maxKnownBytes: 20_000 });
  const { socket } = network;
  socket.welcome();
  const evicted: unknown[] = [];
  client.subscribe(orders, ACCOUNT, { onEvict: ({ id }) => evicted.push(id) });
  await tick();
  socket.confirm(socket.sent[0], ORDERS, { epoch: "e", offset: 0 });
  for (let id = 0; id < 1_000; id++) socket.update(ORDERS, { id, status: "working" }, id + 1);
  const [topic] = client.inspect().topics;
  expect(topic?.known).toBeGreaterThan(10);
  expect(topic?.known).toBeLessThan(20);
  expect(evicted.slice(0, 3)).toEqual([0, 1, 2]);
  expect(errors).toMatchObject([{ code: "overflow", message: expect.stringContaining("maxKnownBytes") }]);
  // One update alone can exceed the limit.
  socket.update(ORDERS, { id: "large", text: "x".repeat(50_000) }, 1_001);
  expect(client.inspect().topics[0]?.known).toBe(0);
});

test.each([1, 10])(
  "counts %d known updates of a topic no more after its last listener, and after a replacement",
  async (count) => {
    const { client, network, errors } = setUp({ maxKnownBytes: 20_000 });
    const { socket } = network;
    socket.welcome();
    for (let times = 0; times < 10; times++) {
      const stop = client.subscribe(orders, ACCOUNT, () => {});
      await tick();
      socket.confirm(socket.sent.at(-1), ORDERS, { epoch: "e", offset: 0 });
      for (let id = 0; id < 100; id++) socket.update(ORDERS, { id: id % count, status: "working" }, id + 1);
      expect(client.inspect().topics[0]?.known).toBe(count);
      stop();
      await tick();
    }
    expect(errors).toEqual([]);
  },
);

test("ignores texts that are too long to keep", async () => {
  const { client, network, clock } = setUp();
  const long = "x".repeat(100_000);
  network.socket.welcome();
  const { ready } = client.subscribe(trades, { symbol: "AAPL" }, () => {});
  const refused = client.subscribe(orders, ACCOUNT, () => {});
  await tick();
  network.socket.confirm(network.socket.sent[0], TRADES, { epoch: long, offset: 1 });
  network.socket.refuse(network.socket.sent[1], { code: long, message: long });
  await ready;
  await expect(refused.ready).rejects.toMatchObject({ code: "refused" });
  expect(JSON.stringify(client.inspect()).length).toBeLessThan(2_000);
  network.socket.end();
  clock.advance(1_000);
  network.socket.welcome();
  expect(JSON.stringify(network.socket.sent).length).toBeLessThan(1_000);
});

test("reports at most a hundred errors in a second, and then that there are more", async () => {
  const { socket, errors, clock } = await subscribed();
  for (let times = 0; times < 1_000; times++) socket.say("{");
  expect(errors).toHaveLength(101);
  expect(errors.at(-1)).toMatchObject({ code: "overflow" });
  clock.advance(1_000);
  socket.say("{");
  expect(errors).toHaveLength(102);
});

test("does not search the pending requests for a reply with an unknown id", async () => {
  const { client, network } = setUp();
  network.socket.welcome();
  client.subscribe(trades, { symbol: AAPL.symbol }, () => {});
  await tick();
  network.socket.say({ type: "bars.subscribe.response", id: network.socket.sent[0]?.id, payload: { status: "ok" } });
  network.socket.confirm(network.socket.sent[0], TRADES, { epoch: "e", offset: 0 });
  expect(client.inspect().topics[0]?.status).toBe("live");
});
