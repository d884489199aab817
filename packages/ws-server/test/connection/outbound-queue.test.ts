import { queryObjects } from "node:v8";
import { describe, expect, test } from "vitest";
import { OutboundQueue } from "../../src/connection/outbound-queue.js";
import type { Socket } from "../../src/connection/socket.js";
import { WriteScheduler } from "../../src/connection/write-scheduler.js";
import { ManualClock } from "../../src/testing/index.js";
import { Frame } from "../../src/topics/frame.js";
import type { Subscription } from "../../src/topics/subscription.js";
import { turn } from "../helpers/event-loop.js";
import { FakeSocket } from "../helpers/fake-socket.js";

describe("an outbound queue", () => {
  function setup(maxBufferedBytes = 0) {
    const socket = new FakeSocket();
    const clock = new ManualClock();
    const full: boolean[] = [];
    const counts = { slowConsumers: 0 };
    const writeScheduler = new WriteScheduler(clock, 5);
    const queue = new OutboundQueue(
      socket,
      // The queue keeps a sixteenth free for the overhead per frame.
      { writeScheduler, maxBufferedBytes: (maxBufferedBytes * 16) / 15, counts },
      { pause: () => full.push(true), resume: () => full.push(false), onSent: () => {} },
    );
    return { socket, queue, full, slow: () => counts.slowConsumers };
  }

  /** Returns a lagging subscription with these unread updates. */
  const lagging = (texts: string[]) => {
    const unread = texts.map((text) => new Frame(text));
    const subscription = {
      read(take: (frame: Frame) => boolean) {
        while (unread[0] !== undefined && take(unread[0])) unread.shift();
        return unread.length === 0;
      },
    };
    return subscription as unknown as Subscription;
  };

  test("writes all frames of one turn together, in order", async () => {
    const { socket, queue } = setup();
    queue.append(new Frame("r1"));
    queue.take(new Frame("u1"));
    queue.append(new Frame("r2"));
    expect(socket.writes).toEqual([]);
    await turn();
    queue.take(new Frame("u2"));
    await turn();
    expect(socket.writes).toEqual([["r1", "u1", "r2"], ["u2"]]);
  });

  test("holds no array while it is idle", async () => {
    const count = 3_000;
    const socket = { bufferedBytes: 0, send: (_frames: readonly Frame[], onSent: () => void) => onSent() };
    const services = {
      writeScheduler: new WriteScheduler(new ManualClock(), 0),
      maxBufferedBytes: 0,
      counts: { slowConsumers: 0 },
    };
    const backpressure = { pause: () => {}, resume: () => {}, onSent: () => {} };
    const queues = Array.from(
      { length: count },
      () => new OutboundQueue(socket as unknown as Socket, services, backpressure),
    );
    const frame = new Frame("a", "a");
    const waysToIdle = [
      () => {},
      (queue: OutboundQueue) => queue.discard({ topic: "a" } as Subscription),
      (queue: OutboundQueue) => queue.clear(),
    ];
    const arrays = queryObjects(Array, { format: "count" });
    queues.forEach((queue, index) => {
      queue.take(frame);
      waysToIdle[index % waysToIdle.length]?.(queue);
    });
    await turn();
    // An array for each queue that became idle in one of the ways would be 1,000; a few belong to other code.
    expect(queryObjects(Array, { format: "count" }) - arrays).toBeLessThan(500);
  });

  test("discards the frames of one subscription only", async () => {
    const { socket, queue } = setup();
    queue.take(new Frame("a1", "a"));
    queue.append(new Frame("r"));
    queue.take(new Frame("b1", "b"));
    queue.discard({ topic: "a" } as Subscription);
    await turn();
    expect(socket.writes).toEqual([["r", "b1"]]);
  });

  test("writes before the end of a turn when many frames are queued", () => {
    const { socket, queue } = setup();
    for (let count = 0; count < 150; count++) queue.take(new Frame("x".repeat(1_000)));
    expect(socket.writes.map(({ length }) => length)).toEqual([55, 55]);
  });

  test("accepts replies but no updates above its limit, and counts a slow consumer once", async () => {
    const { socket, queue, slow } = setup(1_000);
    socket.isStuck = true;
    queue.append(new Frame("x".repeat(688)));
    await turn();
    expect(socket.bufferedBytes).toBe(692);
    // A frame counts as 200 bytes more than its length, for the memory that it uses in addition.
    expect(queue.take(new Frame("x".repeat(106)))).toBe(true);
    expect(queue.take(new Frame("1"))).toBe(false);
    expect(queue.take(new Frame("2"))).toBe(false);
    queue.append(new Frame("a reply"));
    socket.bufferedBytes = 0;
    socket.onSent();
    expect(socket.writes.flat()).toEqual(["x".repeat(688), "x".repeat(106), "a reply"]);
    expect(slow()).toBe(1);
  });

  test("queues frames while a write is in progress, because another write would only wait for it", async () => {
    const { socket, queue } = setup();
    socket.isStuck = true;
    for (const text of ["a", "b", "c"]) {
      queue.append(new Frame(text));
      await turn();
    }
    expect(socket.writes).toEqual([["a"]]);
    socket.bufferedBytes = 0;
    socket.onSent();
    expect(socket.writes).toEqual([["a"], ["b", "c"]]);
    for (let count = 0; count < 70; count++) {
      queue.append(new Frame("x".repeat(1_000)));
      await turn();
    }
    expect(socket.writes.map(({ length }) => length)).toEqual([1, 2, 55]);
  });

  test("accepts a frame above its limit when the queue is empty", async () => {
    const { socket, queue } = setup(10);
    expect(queue.take(new Frame("x".repeat(50)))).toBe(true);
    await turn();
    expect(socket.writes.flat()).toHaveLength(1);
  });

  test("reads lagging subscriptions in turn into half of its limit as the socket drains", async () => {
    const { socket, queue } = setup(840);
    const [first, second] = [lagging(["a1aaaaaa", "a2aaaaaa", "a3aaaaaa"]), lagging(["b1bbbbbb"])];
    queue.markLagging(first);
    queue.markLagging(second);
    // Two frames of 10 + 200 bytes fill half of the limit. The fake socket sends them immediately, so the next write follows.
    await turn();
    expect(socket.writes).toEqual([
      ["a1aaaaaa", "a2aaaaaa"],
      ["a3aaaaaa", "b1bbbbbb"],
    ]);
    expect(queue.laggingCount).toBe(0);
  });

  test("does not read a lagging subscription until the socket has sent its data", async () => {
    const { socket, queue } = setup(40);
    socket.bufferedBytes = 30;
    queue.append(new Frame("r"));
    queue.markLagging(lagging(["u1"]));
    await turn();
    await turn();
    expect(socket.writes.flat()).toEqual(["r"]);
    socket.bufferedBytes = 0;
    socket.onSent();
    await turn();
    expect(socket.writes.flat()).toEqual(["r", "u1"]);
  });

  test("pauses reading from its peer while too many replies are queued, until half of the limit has been sent", async () => {
    const { socket, queue, full } = setup(300);
    queue.append(new Frame("x".repeat(98)));
    expect(full).toEqual([]);
    queue.append(new Frame("1"));
    expect(full).toEqual([true]);
    await turn();
    for (const left of [301, 151, 150]) {
      expect(full).toEqual([true]);
      socket.bufferedBytes = left;
      socket.onSent();
    }
    expect(full).toEqual([true, false]);
  });
});
