import { bars, encodeMessage } from "@trading/topic";
import { describe, expect, test } from "vitest";
import { Connection } from "../src/connection.js";
import { encodeUpdate, Outbox } from "../src/delivery.js";
import { defineModule, serve } from "../src/index.js";
import { operationsOf } from "../src/operations.js";
import { resolveOptions } from "../src/options.js";
import type { Frame, Socket } from "../src/socket.js";
import { ManualClock } from "../src/testing/index.js";
import { TopicRegistry } from "../src/topic-registry.js";
import { AAPL, AAPL_TOPIC, bar, FakeSource, MemoryLogger } from "./helpers.js";

/** A socket that keeps what it is given, write by write. */
class FakeSocket implements Socket {
  bufferedBytes = 0;
  readonly writes: string[][] = [];
  readonly closes: [number, string][] = [];
  isPaused = false;
  onSent = () => {};

  send(frames: readonly Frame[], onSent: () => void): void {
    this.writes.push(frames.map(String));
    this.onSent = onSent;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  close(code: number, reason: string): void {
    this.closes.push([code, reason]);
  }

  terminate(): void {}
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("an outbox", () => {
  const frame = (text: string) => Buffer.from(text);

  function setup(maxBufferedBytes = 0) {
    const socket = new FakeSocket();
    const slow: number[] = [];
    const outbox = new Outbox(socket, maxBufferedBytes, () => slow.push(1));
    return { socket, slow, outbox };
  }

  test("writes all of one turn at once, in order", async () => {
    const { socket, outbox } = setup();
    outbox.reply("r1");
    outbox.update("t", frame("u1"));
    outbox.reply("r2");
    expect(socket.writes).toEqual([]);
    await turn();
    outbox.update("t", frame("u2"));
    await turn();
    expect(socket.writes).toEqual([["r1", "u1", "r2"], ["u2"]]);
  });

  test("forgets the updates of one topic, and nothing else", async () => {
    const { socket, outbox } = setup();
    outbox.update("a", frame("a1"));
    outbox.reply("r");
    outbox.update("b", frame("b1"));
    outbox.discard("a");
    await turn();
    expect(socket.writes).toEqual([["r", "b1"]]);
  });

  test("does not let one busy turn gather without bound", () => {
    const { socket, outbox } = setup();
    for (let count = 0; count < 2_500; count++) outbox.update("t", frame("u"));
    expect(socket.writes.map(({ length }) => length)).toEqual([1_000, 1_000]);
  });

  test("takes no update for a socket that is full at a turn's end, but replies", async () => {
    const { socket, slow, outbox } = setup(10);
    socket.bufferedBytes = 10;
    outbox.update("t", frame("an update that is long"));
    await turn();
    expect(slow).toHaveLength(0);
    socket.bufferedBytes = 11;
    outbox.update("t", frame("u"));
    outbox.reply("a reply");
    await turn();
    expect(socket.writes).toEqual([["an update that is long"], ["a reply"]]);
    expect(slow).toHaveLength(1);
  });

  test("stops reading from a peer with too many replies waiting, until half of the limit has left", async () => {
    const { socket, slow, outbox } = setup(10);
    outbox.reply("12345");
    outbox.reply("67890");
    expect(socket.isPaused).toBe(false);
    outbox.reply("1");
    expect(socket.isPaused).toBe(true);
    await turn();
    for (const [left, isPaused] of [
      [11, true],
      [6, true],
      [5, false],
    ] as const) {
      socket.bufferedBytes = left;
      socket.onSent();
      expect(socket.isPaused).toBe(isPaused);
    }
    expect(slow).toHaveLength(0);
  });
});

test("an update's frame is what encodeMessage would make of it", () => {
  const topic = 'bars:{"symbol":"\\u00e9\\""}';
  const expected = encodeMessage({ type: "bars.update", payload: { topic, payload: bar(1) } });
  expect(String(encodeUpdate("bars", topic, bar(1)))).toBe(expected);
});

describe("a connection", () => {
  function setup() {
    const source = new FakeSource();
    const logger = new MemoryLogger();
    const modules = [defineModule({ name: "datafeed", version: "1", routes: [serve(bars, source)] })];
    const options = resolveOptions({ title: "", version: "", modules, logger, clock: new ManualClock() });
    const registry = new TopicRegistry(options);
    const operations = new Map(
      operationsOf(
        modules.flatMap(({ routes }) => routes),
        registry,
        10,
      ),
    );
    const socket = new FakeSocket();
    const connection = new Connection(socket, operations, options, {
      onLeave: () => registry.releaseAll(connection),
      onClosed: () => {},
    });
    const send = (type: string) => connection.onText(encodeMessage({ type, payload: AAPL }));
    return { source, logger, operations, socket, connection, send };
  }

  const types = (socket: FakeSocket) => socket.writes.flat().map((text) => JSON.parse(text).type);

  test("drops what is gathered of a topic when it is unsubscribed in the same turn", async () => {
    const { source, socket, send } = setup();
    send("bars.subscribe");
    await turn();
    await turn();
    source.publish(bar(1));
    send("bars.unsubscribe");
    expect(source.publish(bar(2))).toBe(false);
    await turn();
    expect(types(socket)).toEqual(["bars.subscribe.response", "bars.unsubscribe.response"]);
  });

  test("writes what is gathered before it closes, and takes nothing after", async () => {
    const { source, socket, connection, send } = setup();
    send("bars.subscribe");
    await turn();
    await turn();
    source.publish(bar(1));
    connection.onText("not json");
    connection.onText("not json");
    send("bars.subscribe");
    expect(source.publish(bar(2))).toBe(false);
    await turn();
    expect(types(socket)).toEqual(["bars.subscribe.response", "bars.update"]);
    expect(socket.closes).toEqual([[1003, "Could not validate payload"]]);
  });

  test("whose operation has a fault of its own is closed with 1011, and the fault is logged", () => {
    const { logger, operations, socket, send } = setup();
    operations.set("bars.subscribe", () => {
      throw new RangeError("a fault");
    });
    send("bars.subscribe");
    expect(socket.closes).toEqual([[1011, "Internal error"]]);
    expect(logger.entries).toMatchObject([{ level: "error" }]);
  });

  test("that has closed holds nothing", async () => {
    const { source, connection, send } = setup();
    send("bars.subscribe");
    await turn();
    connection.onClose();
    await turn();
    expect(source.calls).toEqual([`create ${AAPL_TOPIC}`, `remove ${AAPL_TOPIC}`]);
  });
});
