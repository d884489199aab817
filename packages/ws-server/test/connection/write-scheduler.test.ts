import { describe, expect, test } from "vitest";
import { OutboundQueue } from "../../src/connection/outbound-queue.js";
import { WriteScheduler } from "../../src/connection/write-scheduler.js";
import { ManualClock } from "../../src/testing/index.js";
import { Frame } from "../../src/topics/frame.js";
import { turn } from "../helpers/event-loop.js";
import { FakeSocket } from "../helpers/fake-socket.js";

describe("the batching window", () => {
  /** Creates a queue whose writes take `writeMs` on a manual clock. */
  function setup(writeMs: number, maxBatchDelayMs = 5) {
    const clock = new ManualClock();
    const socket = new FakeSocket();
    const writeScheduler = new WriteScheduler(clock, maxBatchDelayMs);
    const send = socket.send.bind(socket);
    socket.send = (frames, onSent) => {
      clock.advance(writeMs);
      send(frames, onSent);
    };
    const queue = new OutboundQueue(
      socket,
      { writeScheduler, maxBufferedBytes: 0, counts: { slowConsumers: 0 } },
      { pause: () => {}, resume: () => {}, onSent: () => {} },
    );
    const write = async (text: string) => {
      queue.append(new Frame(text));
      await turn();
    };
    return { clock, socket, queue, writeScheduler, write };
  }

  test("is closed while writing takes less than half of the time", async () => {
    const { clock, socket, write } = setup(1);
    for (const text of ["a", "b", "c"]) {
      clock.advance(10);
      await write(text);
    }
    expect(socket.writes).toEqual([["a"], ["b"], ["c"]]);
    expect(clock.pending).toBe(0);
  });

  test("opens when writing takes more than half of the time, and then queues frames until it ends", async () => {
    const { clock, socket, write } = setup(10);
    await write("a");
    await write("b");
    await write("c");
    expect(socket.writes).toEqual([["a"]]);
    clock.advance(5);
    expect(socket.writes).toEqual([["a"], ["b", "c"]]);
  });

  test("lasts as long as the last writing took, also while that is half of the time", async () => {
    const { clock, socket, write } = setup(10, 20);
    await write("a");
    for (const [text, writes] of [
      ["b", 2],
      ["c", 3],
      ["d", 4],
    ] as const) {
      await write(text);
      clock.advance(9);
      expect(socket.writes).toHaveLength(writes - 1);
      clock.advance(1);
      expect(socket.writes).toHaveLength(writes);
      // The write was in a timer, and `advance` ends at its own time.
      clock.advance(10);
    }
  });

  test.each([
    [50, 20, 20],
    [1, 20, 5],
    [1, 2, 2],
  ])("after a writing of %i ms and with a limit of %i ms lasts %i ms", async (writeMs, maxBatchDelayMs, windowMs) => {
    const { clock, socket, write } = setup(writeMs, maxBatchDelayMs);
    await write("a");
    await write("b");
    clock.advance(windowMs - 1);
    expect(socket.writes).toEqual([["a"]]);
    clock.advance(1);
    expect(socket.writes).toEqual([["a"], ["b"]]);
  });

  test("closes again when writing takes less", async () => {
    const { clock, socket, write } = setup(10);
    await write("a");
    clock.advance(100);
    await write("b");
    await write("c");
    expect(socket.writes).toEqual([["a"], ["b"], ["c"]]);
  });

  test("is not ended by a flush, and opens when flushes take more than half of the time", async () => {
    const { clock, socket, queue, writeScheduler, write } = setup(10);
    clock.advance(15);
    queue.append(new Frame("a"));
    writeScheduler.flush();
    expect(socket.writes).toEqual([["a"]]);
    await write("b");
    queue.append(new Frame("c"));
    writeScheduler.flush();
    await turn();
    expect(socket.writes).toEqual([["a"], ["b"]]);
    clock.advance(5);
    expect(socket.writes).toEqual([["a"], ["b"], ["c"]]);
  });

  test("of 0 never waits", async () => {
    const { socket, write } = setup(10, 0);
    for (const text of ["a", "b", "c"]) await write(text);
    expect(socket.writes).toEqual([["a"], ["b"], ["c"]]);
  });
});
