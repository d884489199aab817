import { defineOperation } from "@trading/topic";
import { expect, onTestFinished, test } from "vitest";
import * as z from "zod/mini";
import { createServer, defineModule, serveOperation } from "../../src/index.js";
import { ManualClock, MemoryClient, RecordingLogger } from "../../src/testing/index.js";
import { turn, until } from "../helpers/event-loop.js";

test("a module's operation receives the principal, and a private one is unauthorized without a principal", async () => {
  const whoami = defineOperation({
    name: "whoami",
    request: z.object({}),
    reply: z.object({ subject: z.string() }),
    access: "private",
  });
  const operations = [serveOperation(whoami, (_request, { principal }) => ({ subject: principal?.subject ?? "" }))];
  const server = createServer({
    title: "",
    version: "",
    modules: [defineModule({ name: "m", version: "1", routes: [], operations })],
    authorize: (principal) => principal !== undefined,
  });
  onTestFinished(() => server.close());
  const [ann, anonymous] = [
    MemoryClient.connect(server, { protocol: "base", principal: { subject: "ann" } }),
    MemoryClient.connect(server, { protocol: "base" }),
  ];
  for (const client of [ann, anonymous]) client.send({ type: "whoami", payload: {} });
  expect((await ann.next()).payload).toEqual({ subject: "ann" });
  expect((await anonymous.next()).payload).toMatchObject({ status: "error", code: "unauthorized" });
});

/** Connects a client to a server whose operation `repeat` replies with its number, once `ready` settles if it is a promise. */
function connectToRepeat(ready: (count: number) => Promise<void> | undefined) {
  const repeat = defineOperation({
    name: "repeat",
    request: z.object({ count: z.number() }),
    reply: z.object({ count: z.number() }),
    access: "public",
  });
  const handler = serveOperation(repeat, ({ count }) => {
    const settled = ready(count);
    return settled === undefined ? { count } : settled.then(() => ({ count }));
  });
  const server = createServer({
    title: "",
    version: "",
    logger: new RecordingLogger(),
    modules: [defineModule({ name: "m", version: "1", routes: [], operations: [handler] })],
  });
  onTestFinished(() => server.close());
  return MemoryClient.connect(server, { protocol: "base" });
}

test("an immediate reply without an id waits for the earlier reply of its type", async () => {
  let resolve = () => {};
  const first = new Promise<void>((settle) => {
    resolve = settle;
  });
  const client = connectToRepeat((count) => (count === 1 ? first : undefined));
  client.send({ type: "repeat", payload: { count: 1 } });
  client.send({ type: "repeat", payload: { count: 2 } });
  client.send({ type: "repeat", payload: { count: 3 }, id: "third" });
  expect(await client.next()).toMatchObject({ id: "third", payload: { count: 3 } });
  resolve();
  expect((await client.next()).payload).toEqual({ count: 1 });
  expect((await client.next()).payload).toEqual({ count: 2 });
  // All earlier replies have been sent.
  client.send({ type: "repeat", payload: { count: 4 } });
  expect((await client.next()).payload).toEqual({ count: 4 });
});

test.each([
  ["throws", () => undefined],
  ["rejects", () => Promise.reject(new Error("broken"))],
])("the client gets a fixed message from an operation that %s", async (kind, ready) => {
  const client = connectToRepeat(() => {
    if (kind === "throws") throw new Error("broken");
    return ready();
  });
  client.send({ type: "repeat", payload: { count: 1 } });
  expect((await client.next()).payload).toMatchObject({ status: "error", code: "internal" });
});

test.each([
  ["immediately", (clock: ManualClock) => clock.advance(7)],
  ["later", (clock: ManualClock) => turn().then(() => clock.advance(7))],
] as [string, (clock: ManualClock) => void | Promise<void>][])(
  "the duration of an operation includes its handler, which replies %s",
  async (_when, work) => {
    const clock = new ManualClock();
    const slow = defineOperation({ name: "slow", request: z.object({}), reply: z.object({}), access: "public" });
    const handler = serveOperation(slow, () => work(clock)?.then(() => ({})) ?? {});
    const durations: number[] = [];
    const server = createServer({
      title: "",
      version: "",
      clock,
      modules: [defineModule({ name: "m", version: "1", routes: [], operations: [handler] })],
      observers: [{ operation: ({ durationMs }) => void durations.push(durationMs) }],
    });
    onTestFinished(() => server.close());
    MemoryClient.connect(server).send({ type: "slow", payload: {}, id: 1 });
    await until(() => durations.length > 0);
    expect(durations).toEqual([7]);
  },
);
