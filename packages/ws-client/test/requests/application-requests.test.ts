import { defineOperation } from "@trading/topic";
import { defineOperationShape } from "@trading/topic/shapes";
import { expect, test } from "vitest";
import * as z from "zod/mini";
import { setUp } from "../helpers/harness.js";
import { tick } from "../helpers/memory-network.js";

const types = (socket: { sent: readonly { type: string }[] }) => socket.sent.map(({ type }) => type);

const place = defineOperationShape<{ qty: number }, { orderId: string }>({ name: "orders.place", access: "public" });

test("resolves with the reply of the same id", async () => {
  const { client, network } = setUp();
  network.socket.welcome();
  const reply = client.request(place, { qty: 1 });
  await tick();
  expect(network.socket.sent).toEqual([{ type: "orders.place", payload: { qty: 1 }, id: 1 }]);
  network.socket.say({ type: "orders.place.response", payload: { orderId: "o1" }, id: 1 });
  expect(await reply).toEqual({ orderId: "o1" });
  expect(client.inspect()).toMatchObject({ unanswered: 0, queued: 0, protocol: "session", connectionId: "c1" });
});

test("rejects a refusal with the server's code and message", async () => {
  const { client, network } = setUp();
  network.socket.welcome();
  const reply = client.request(place, { qty: 1 });
  await tick();
  network.socket.refuse(network.socket.sent[0], { code: "no_funds", message: "You have 3 dollars" });
  await expect(reply).rejects.toMatchObject({ code: "no_funds", message: "You have 3 dollars" });
});

test("rejects on an error frame with its id", async () => {
  const { client, network, errors } = setUp();
  network.socket.welcome();
  const reply = client.request(place, { qty: 1 });
  await tick();
  const payload = { code: "unknown_type", message: "No such operation", retryable: false, id: 1 };
  network.socket.say({ type: "error", payload });
  await expect(reply).rejects.toMatchObject({ code: "unknown_type", message: "No such operation" });
  network.socket.say({ type: "error", payload: { code: "invalid_message", message: "?", retryable: false } });
  expect(errors).toMatchObject([{ code: "invalid_message" }]);
});

test("validates payload and reply if the operation has schemas", async () => {
  const { client, network } = setUp();
  network.socket.welcome();
  const whole = defineOperation({
    name: "echo",
    access: "public",
    request: z.object({ text: z.string() }),
    reply: z.object({ text: z.string() }),
  });
  await expect(client.request(whole, { text: 1 } as never)).rejects.toMatchObject({ code: "invalid_params" });
  expect(network.socket.sent).toEqual([]);
  const reply = client.request(whole, { text: "a" });
  await tick();
  network.socket.say({ type: "echo.response", payload: { text: 1 }, id: 1 });
  await expect(reply).rejects.toMatchObject({ code: "invalid_message" });
});

test("fails immediately without a connection, and is not sent later", async () => {
  const { client, network } = setUp();
  await expect(client.request(place, { qty: 1 })).rejects.toMatchObject({ code: "offline" });
  network.socket.welcome();
  await tick();
  expect(network.socket.sent).toEqual([]);
});

test("waits for a connection with a queue, and is sent once for each id", async () => {
  const { client, network } = setUp();
  const queue = { id: "order-7", ttlMs: 5_000 };
  const replies = [client.request(place, { qty: 1 }, { queue }), client.request(place, { qty: 1 }, { queue })];
  await tick();
  expect(client.inspect().queued).toBe(1);
  network.socket.welcome();
  expect(network.socket.sent).toEqual([{ type: "orders.place", payload: { qty: 1 }, id: "order-7" }]);
  network.socket.say({ type: "orders.place.response", payload: { orderId: "o1" }, id: "order-7" });
  expect(await Promise.all(replies)).toEqual([{ orderId: "o1" }, { orderId: "o1" }]);
});

test("fails after the queue's ttlMs, and is not sent later", async () => {
  const { client, network, clock } = setUp();
  const reply = client.request(place, { qty: 1 }, { queue: { id: "a", ttlMs: 5_000 } });
  await tick();
  clock.advance(5_000);
  await expect(reply).rejects.toMatchObject({ code: "offline" });
  network.sockets[0]?.welcome();
  expect(network.sockets[0]?.sent).toEqual([]);
});

test.each([
  ["immediately", true],
  ["after waiting", false],
])("is not sent again after a lost connection, when sent %s", async (_, isOnline) => {
  const { client, network, clock } = setUp();
  if (isOnline) network.socket.welcome();
  const reply = client.request(place, { qty: 1 }, { queue: { id: "a", ttlMs: 60_000 } });
  await tick();
  if (!isOnline) network.socket.welcome();
  expect(network.socket.sent).toHaveLength(1);
  network.socket.end();
  await expect(reply).rejects.toMatchObject({ code: "connection_lost" });
  clock.advance(1_000);
  network.socket.welcome();
  await tick();
  expect(network.socket.sent).toEqual([]);
});

test("can be aborted by a signal and by a timeout", async () => {
  const { client, network, clock } = setUp();
  network.socket.welcome();
  const abort = new AbortController();
  const aborted = client.request(place, { qty: 1 }, { signal: abort.signal });
  const late = client.request(place, { qty: 2 }, { timeoutMs: 100 });
  await tick();
  abort.abort(new Error("cancelled"));
  await expect(aborted).rejects.toThrow("cancelled");
  clock.advance(100);
  await expect(late).rejects.toMatchObject({ code: "no_reply" });
  const tooLate = client.request(place, { qty: 3 }, { signal: abort.signal });
  await expect(tooLate).rejects.toThrow("cancelled");
  expect(network.socket.sent).toHaveLength(2);
});

test("waits for the login if it is private", async () => {
  const { client, network } = setUp({ getToken: () => "t" });
  network.socket.welcome();
  await tick();
  const reply = client.request({ ...place, access: "private" }, { qty: 1 });
  await tick();
  expect(types(network.socket)).toEqual(["auth.login"]);
  network.socket.say({ type: "auth.login.response", payload: { status: "ok" }, id: 1 });
  expect(types(network.socket)).toEqual(["auth.login", "orders.place"]);
  network.socket.say({ type: "orders.place.response", payload: { orderId: "o" }, id: 2 });
  await reply;
});

test("fails when the client closes, sent or not", async () => {
  const { client, network } = setUp({ getToken: () => new Promise(() => {}) });
  network.socket.welcome();
  const sent = client.request(place, { qty: 1 });
  const waiting = client.request({ ...place, access: "private" }, { qty: 1 });
  await tick();
  client.close();
  await expect(sent).rejects.toMatchObject({ code: "connection_lost" });
  await expect(waiting).rejects.toMatchObject({ code: "closed" });
  await expect(client.request(place, { qty: 1 })).rejects.toMatchObject({ code: "closed" });
});

test.each(["", "x".repeat(65)])(
  "refuses the queue id %j, which the protocol does not allow, without sending",
  async (id) => {
    const { client, network } = setUp();
    network.socket.welcome();
    await expect(client.request(place, { qty: 1 }, { queue: { id, ttlMs: 1_000 } })).rejects.toMatchObject({
      code: "invalid_option",
      message: `Invalid option "queue.id": expected 1 to 64 characters, got "${id}"`,
    });
    expect(network.socket.sent).toEqual([]);
    expect(client.inspect()).toMatchObject({ queued: 0, unanswered: 0 });
  },
);

test("an error frame without an id rejects the only request that has no reply", async () => {
  const { client, network, errors } = setUp();
  network.socket.welcome();
  const reply = client.request(place, { qty: 1 });
  await tick();
  network.socket.say({
    type: "error",
    payload: { code: "invalid_message", message: "/id is too long", retryable: false },
  });
  await expect(reply).rejects.toMatchObject({ code: "invalid_message", message: "/id is too long" });
  expect(errors).toEqual([]);
});

test("an error frame without an id is reported if it can belong to several requests", async () => {
  const { client, network, errors } = setUp();
  network.socket.welcome();
  const replies = [client.request(place, { qty: 1 }), client.request(place, { qty: 2 })];
  await tick();
  network.socket.say({ type: "error", payload: { code: "invalid_message", message: "?", retryable: false } });
  expect(errors).toMatchObject([{ code: "invalid_message" }]);
  for (const id of [1, 2]) network.socket.say({ type: "orders.place.response", payload: { orderId: `o${id}` }, id });
  expect(await Promise.all(replies)).toEqual([{ orderId: "o1" }, { orderId: "o2" }]);
});
