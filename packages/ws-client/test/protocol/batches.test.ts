import { bars } from "@trading/topic/shapes";
import { expect, test } from "vitest";
import { compact } from "../../src/compact/index.js";
import { record } from "../../src/testing/index.js";
import { setUp } from "../helpers/harness.js";
import { tick } from "../helpers/memory-network.js";
import { AAPL, bar, TOPIC } from "../helpers/subscribed.js";

const OTHER = TOPIC.replace("AAPL", "MSFT");
const update = (close: number, topic = TOPIC) =>
  JSON.stringify({ type: "bars.update", payload: { topic, payload: bar(close) } });
const batch = (...frames: string[]) => frames.join("\n");
const reply = (id: unknown, topic = TOPIC, more: object = {}) =>
  JSON.stringify({ type: "bars.subscribe.response", payload: { status: "ok", topic, ...more }, id });

/** Returns a client with a session whose server sends batches, and with a confirmed subscription. */
async function batched(options: Parameters<typeof setUp>[0] = {}, onUpdate: (close: number) => void = () => {}) {
  const set = setUp(options);
  const received: number[] = [];
  const { socket } = set.network;
  socket.welcome({ maxBatchBytes: 65_536 });
  const handle = set.client.subscribe(bars, AAPL, ({ close }) => {
    received.push(close);
    onUpdate(close);
  });
  await tick();
  return { ...set, socket, received, handle };
}

test("reads the frames of a batch in their order", async () => {
  const { client, socket, received, errors } = await batched();
  const others: number[] = [];
  client.subscribe(bars, { ...AAPL, symbol: "MSFT" }, ({ close }) => others.push(close));
  await tick();
  const [first, second] = socket.sent;
  socket.say(
    batch(update(1), reply(first?.id), update(2), update(9, OTHER), reply(second?.id, OTHER), update(3, OTHER)),
  );
  socket.say(update(4));
  expect([received, others]).toEqual([[2, 4], [3]]);
  expect(errors).toEqual([]);
});

test("a frame that cannot be read does not affect the others of its batch", async () => {
  const { socket, received, errors } = await batched();
  socket.say(batch(reply(socket.sent[0]?.id), update(1), '{"type":', "", update(2)));
  expect(received).toEqual([1, 2]);
  expect(errors).toMatchObject([{ code: "invalid_message" }, { code: "invalid_message" }]);
});

const indented = (frame: string) => JSON.stringify(JSON.parse(frame), undefined, 2);

test("a server that does not announce batches can send frames of several lines", async () => {
  const { client, network, errors } = setUp();
  const { socket } = network;
  socket.welcome();
  const received: number[] = [];
  client.subscribe(bars, AAPL, ({ close }) => received.push(close));
  await tick();
  socket.say(indented(reply(socket.sent[0]?.id)));
  socket.say(indented(update(1)));
  expect(received).toEqual([1]);
  expect(errors).toEqual([]);
});

test("so can the next server, after one with batches", async () => {
  const { network, clock, received, errors } = await batched();
  network.socket.end();
  clock.advance(1_000);
  const { socket } = network;
  expect(network.sockets).toHaveLength(2);
  socket.accept();
  await tick();
  socket.say(indented(reply(socket.sent[0]?.id)));
  socket.say(indented(update(1)));
  expect(received).toEqual([1]);
  expect(errors).toEqual([]);
});

test.each(["close", "disconnect", "logout"] as const)(
  "after a listener calls %s(), no more frames of the batch are read",
  async (method) => {
    const set = await batched(
      { getToken: () => new Promise(() => {}) },
      (close) => close === 1 && set.client[method](),
    );
    const { socket, received, errors } = set;
    let frames = 0;
    set.client.tap(({ kind }) => kind === "received" && frames++);
    socket.say(batch(reply(socket.sent[0]?.id), update(1), update(2)));
    expect([received, frames]).toEqual([[1], 2]);
    // The remaining frames would be mistaken for the first ones of a base connection.
    expect(set.client.inspect().protocol).toBeUndefined();
    expect(errors).toEqual([]);
  },
);

test("a longer batch than requested is one frame, so that a message of empty lines is one error", async () => {
  const { socket, received, errors } = await batched();
  socket.say("\n".repeat(70_000));
  expect(errors).toHaveLength(1);
  socket.say(batch(reply(socket.sent[0]?.id), update(1)));
  expect(received).toEqual([1]);
});

test("taps and recordings get each frame", async () => {
  const { client, socket } = await batched();
  const frames: string[] = [];
  client.tap((event) => event.kind === "received" && frames.push(event.frame));
  const recorder = record(client, { clock: { monotonic: () => 0 } });
  const sent = [reply(socket.sent[0]?.id), update(1), update(2)];
  socket.say(batch(...sent));
  expect(frames).toEqual(sent);
  expect(recorder.stop().frames.map(({ frame }) => frame)).toEqual(sent);
});

test("compact updates can be in a batch", async () => {
  const { socket, received, errors } = await batched({ codec: compact() });
  const layout = { members: ["time", "open", "high", "low", "close", "volume"] };
  const values = Object.values(bar(7));
  socket.say(
    batch(reply(socket.sent[0]?.id, TOPIC, { compact: { alias: 7, layout } }), JSON.stringify([7, 1, values])),
  );
  expect(received).toEqual([7]);
  expect(errors).toEqual([]);
});
