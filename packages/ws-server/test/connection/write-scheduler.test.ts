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
