import { type ParamsOf, trades, type UpdateOf } from "@trading/topic";
import { describe, expect, test } from "vitest";
import { compactCodec, defineModule, type ServerOptions, serve } from "../../src/index.js";
import { ScriptedSource } from "../../src/testing/index.js";
import { Frame } from "../../src/topics/frame.js";
import { type Batch, batchesOf } from "../../src/transports/batch.js";
import { AAPL, bar } from "../helpers/data.js";
import { until } from "../helpers/event-loop.js";
import { FakeSocket } from "../helpers/fake-socket.js";
import { NetworkClient } from "../helpers/network-client.js";
import { startServer } from "../helpers/server.js";

const BATCHES = "?protocol=2&maxBatchBytes=65536";
const UPDATES = [1, 2, 3, 4, 5];

async function startTrades(options: Partial<ServerOptions> = {}) {
  const source = new ScriptedSource<ParamsOf<typeof trades>, UpdateOf<typeof trades>>();
  const modules = [defineModule({ name: "datafeed", version: "1", routes: [serve(trades, source)] })];
  const { url, server } = await startServer({ modules, ...options });
  const publish = (id: string) => source.publish({ id, time: 1, price: 1, qty: 1, side: 1 });
  const connect = async (query: string, more: object = {}) => {
    const client = await NetworkClient.connect(url + query, more);
    client.subscribe("trades", { symbol: "AAPL" });
    await until(() => client.frames.some((text) => text.includes("subscribe.response")));
    await client.settled();
    client.frames.length = 0;
    return client;
  };
  return { server, publish, connect };
}

/** Returns the frames of all received messages. */
const framesOf = ({ frames }: NetworkClient) => frames.flatMap((text) => text.split("\n"));
const idsOf = (client: NetworkClient) => framesOf(client).map((text) => JSON.parse(text).payload.payload.id);

describe("a client that requests batches (PROTOCOL.md, Batches)", () => {
  test("gets the updates of a turn in one message, the same frames as another client", async () => {
    const { publish, connect } = await startTrades();
    const [batched, session, base] = [await connect(BATCHES), await connect("?protocol=2"), await connect("")];
    for (const id of ["a", "ü", "line\nfeed", "😀"]) publish(id);
    await until(() => [batched, session, base].every((client) => framesOf(client).length === 4));
    expect(batched.frames).toEqual([session.frames.join("\n")]);
    expect(session.frames).toHaveLength(4);
    expect(base.frames).toEqual(session.frames);
    expect(idsOf(batched)).toEqual(["a", "ü", "line\nfeed", "😀"]);
  });

  test("gets the welcome alone in its message, with the length of the longest batch", async () => {
    const { url } = await startServer({ maxBatchBytes: 1_000 });
    for (const [query, maxBatchBytes] of [
      ["?protocol=2&maxBatchBytes=65536", 1_000],
      ["?protocol=2&maxBatchBytes=999", 999],
    ] as const) {
      const client = await NetworkClient.connect(url + query);
      client.subscribe("bars", AAPL);
      const { payload } = await client.next();
      expect(payload.maxBatchBytes).toBe(maxBatchBytes);
    }
  });

  test("gets the welcome before any other frame is ready", async () => {
    const { server } = await startServer();
    const socket = new FakeSocket();
    const handlers = server.accept(socket, { protocol: "session", address: "127.0.0.1", maxBatchBytes: 1_000 });
    handlers.onClose(1_000);
    expect(socket.writes.map((texts) => texts.length)).toEqual([1]);
  });

  test("gets replies, updates and the end of a snapshot in their order", async () => {
    const { url, source } = await startServer();
    const client = await NetworkClient.connect(url + BATCHES);
    await client.next();
    client.subscribe("bars", AAPL, { id: 1 });
    await until(() => framesOf(client).length === 3);
    source.publish(bar(2));
    source.publish(bar(3));
    client.unsubscribe("bars", AAPL);
    await until(() => framesOf(client).at(-1)?.includes("unsubscribe.response") === true);
    const types = framesOf(client).map((text) => JSON.parse(text).type);
    expect(types.slice(0, 3)).toEqual(["session.welcome", "bars.subscribe.response", "subscription.current"]);
    expect(types.slice(3).filter((type) => type !== "bars.update")).toEqual(["bars.unsubscribe.response"]);
  });

  test("gets no longer batch than it accepts; a longer frame is alone", async () => {
    const { publish, connect } = await startTrades();
    const client = await connect("?protocol=2&maxBatchBytes=500");
    const ids = [10, 600, 10, 10, 10, 10, 10, 700, 800, 10].map((length, index) => `${index}`.padEnd(length, "x"));
    for (const id of ids) publish(id);
    await until(() => framesOf(client).length === ids.length);
    expect(idsOf(client)).toEqual(ids);
    const lengths = client.frames.filter((text) => text.includes("\n")).map((text) => text.length);
    expect(lengths.length).toBeGreaterThan(1);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(500);
  });

  test("gets them compressed if it offers that", async () => {
    const { publish, connect } = await startTrades({ perMessageDeflate: true });
    const client = await connect(BATCHES, { perMessageDeflate: true });
    const ids = UPDATES.map((count) => `${count}`.repeat(1_000));
    for (const id of ids) publish(id);
    await until(() => framesOf(client).length === ids.length);
    expect(client.frames).toHaveLength(1);
    expect(idsOf(client)).toEqual(ids);
  });

  test("gets compact updates in them", async () => {
    const { publish, connect } = await startTrades({ codec: compactCodec() });
    const client = await connect(BATCHES, { protocols: ["trading.v2.compact", "trading.v2"] });
    for (const id of ["a", "b"]) publish(id);
    await until(() => framesOf(client).length === 2);
    const [first, second] = framesOf(client).map((text) => JSON.parse(text));
    expect([first[1], second[1], first[2][0], second[2][0]]).toEqual([1, 2, "a", "b"]);
    expect(client.frames).toHaveLength(1);
  });
});

describe("each frame is a message", () => {
  test.each([
    "?protocol=2",
    "?maxBatchBytes=65536",
    "?protocol=1&maxBatchBytes=65536",
    "?protocol=2&maxBatchBytes=0",
    "?protocol=2&maxBatchBytes=-1",
    "?protocol=2&maxBatchBytes=1e6",
    "?protocol=2&maxBatchBytes=65536&maxBatchBytes=65536",
    "?protocol=2&maxBatchBytes=",
  ])("for a client with %s", async (query) => {
    const { publish, connect } = await startTrades();
    const client = await connect(query);
    for (const count of UPDATES) publish(`${count}`);
    await until(() => framesOf(client).length === UPDATES.length);
    expect(client.frames).toHaveLength(UPDATES.length);
  });

  test("with maxBatchBytes: 0, of which the welcome says nothing", async () => {
    const { url, source } = await startServer({ maxBatchBytes: 0 });
    const client = await NetworkClient.connect(url + BATCHES);
    expect((await client.next()).payload).not.toHaveProperty("maxBatchBytes");
    client.subscribe("bars", AAPL);
    await client.until("subscription.current");
    for (const count of UPDATES) source.publish(bar(count));
    await until(() => framesOf(client).length === 3 + UPDATES.length);
    expect(client.frames).toHaveLength(3 + UPDATES.length);
  });
});

describe("batchesOf", () => {
  const LENGTHS = [7, 12, 125, 126, 127, 300, 65_535, 65_536, 7, 70_000, 7, 7];
  const frames = LENGTHS.map((length, index) => new Frame(String.fromCharCode(97 + index).repeat(length)));

  /** Returns what is written for a batch, which must not change the bytes around it. */
  function wireOf(batch: Batch): Buffer {
    const target = Buffer.alloc(batch.bytes + 40, 0xff);
    batch.write(target, 20);
    const around = Buffer.concat([target.subarray(0, 20), target.subarray(20 + batch.bytes)]);
    expect(around.equals(Buffer.alloc(40, 0xff))).toBe(true);
    return target.subarray(20, 20 + batch.bytes);
  }

  test.each([1, 20, 140, 500, 66_000, 1_000_000])("of at most %i bytes contain the frames in order", (maxBytes) => {
    for (let count = 1; count <= frames.length; count++) {
      const batches = batchesOf(frames.slice(0, count), maxBytes);
      expect(batches.flatMap((batch) => batch.frames)).toEqual(frames.slice(0, count));
      for (const batch of batches) {
        const text = batch.frames.map((frame) => frame.text).join("\n");
        // A batch is on the network what a frame with its text is.
        expect(wireOf(batch).equals(new Frame(text).wire)).toBe(true);
        expect(String(batch.payload)).toBe(text);
        expect(batch.frames.length === 1 || text.length <= maxBytes).toBe(true);
      }
    }
  });

  test("are as few as possible in this order", () => {
    const counts = batchesOf(frames, 500).map((batch) => batch.frames.length);
    expect(counts).toEqual([5, 1, 1, 1, 1, 1, 2]);
  });
});
