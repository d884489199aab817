import { describe, expect, test } from "vitest";
import { OutboundQueue } from "../../src/connection/outbound-queue.js";
import { type ScheduledQueue, WriteScheduler } from "../../src/connection/write-scheduler.js";
import { ManualClock } from "../../src/testing/index.js";
import { Frame } from "../../src/topics/frame.js";
import { turn } from "../helpers/event-loop.js";
import { FakeSocket } from "../helpers/fake-socket.js";

describe("the batching window", () => {
  /** Creates a queue whose writes take `writeMs` on a manual clock, and `frameMs` more for each frame after the first one. */
  function setup(writeMs: number, maxBatchDelayMs = 20, frameMs = 0) {
    let idleMs = 0;
    const clock = Object.assign(new ManualClock(), { idle: () => idleMs });
    const socket = new FakeSocket();
    const writeScheduler = new WriteScheduler(clock, maxBatchDelayMs);
    const send = socket.send.bind(socket);
    let writtenMs = 0;
    socket.send = (frames, onSent) => {
      const ms = writeMs + (frames.length - 1) * frameMs;
      writtenMs += ms;
      clock.advance(ms);
      send(frames, onSent);
    };
    const queue = new OutboundQueue(
      socket,
      { writeScheduler, maxBufferedBytes: 0, counts: { slowConsumers: 0 } },
      { pause: () => {}, resume: () => {}, onSent: () => {} },
    );
    /** Queues frames in one turn. */
    const write = async (...texts: string[]) => {
      for (const text of texts) queue.append(new Frame(text));
      await turn();
    };
    /** Writes for 50 ms without a pause. */
    const open = async () => {
      while (clock.monotonic() < 50) await write("open");
      socket.writes.length = 0;
    };
    const idle = (ms: number) => {
      idleMs += ms;
      clock.advance(ms);
    };
    /** Advances the clock to the end of the window and of the write in it. */
    const endWindow = (ms: number) => {
      writtenMs = 0;
      clock.advance(ms);
      // That write was in a timer, and `advance` ends at its own time.
      clock.advance(writtenMs);
    };
    return { clock, socket, queue, writeScheduler, write, open, idle, endWindow };
  }

  test("is closed while writing takes less than half of the time", async () => {
    const { clock, socket, write } = setup(4);
    for (let count = 2; count <= 16; count += 2) {
      clock.advance(12);
      await write("a");
      await write("b");
      expect(socket.writes).toHaveLength(count);
    }
    expect(clock.pending).toBe(0);
  });

  test("opens when writing takes more than half of the time, and then queues frames until it ends", async () => {
    const { clock, socket, write, open } = setup(10);
    await open();
    await write("b");
    await write("c");
    expect(socket.writes).toEqual([]);
    clock.advance(5);
    expect(socket.writes).toEqual([["b", "c"]]);
  });

  test("stays closed while the event loop is idle for a tenth of the time", async () => {
    const { socket, write, idle } = setup(10, 20);
    for (let count = 1; count <= 10; count++) {
      idle(2);
      await write("a");
      expect(socket.writes).toHaveLength(count);
    }
  });

  test("stays closed for writes within 50 milliseconds", async () => {
    const { socket, write, idle } = setup(1, 20);
    for (let count = 1; count <= 40; count++) {
      await write("a");
      expect(socket.writes).toHaveLength(count);
    }
    idle(20);
    await write("b");
    await write("c");
    expect(socket.writes).toHaveLength(42);
  });

  test("lasts half as long as the last round took, which is then two thirds of the time", async () => {
    const { socket, write, open, endWindow } = setup(20, 30);
    await open();
    for (let count = 1; count <= 8; count++) {
      await write("a");
      endWindow(9);
      expect(socket.writes).toHaveLength(count - 1);
      endWindow(1);
      expect(socket.writes).toHaveLength(count);
    }
  });

  test("is shorter by the time that the event loop was idle in the last ones", async () => {
    const { clock, socket, write, open, idle, endWindow } = setup(40, 60);
    await open();
    for (const restMs of [12, 4]) {
      await write("b");
      await write("c");
      idle(8);
      endWindow(restMs);
    }
    expect(socket.writes).toHaveLength(2);
    await write("d");
    await write("e");
    clock.advance(11);
    expect(socket.writes).toHaveLength(2);
    clock.advance(1);
    expect(socket.writes).toHaveLength(3);
  });

  test.each([
    { turns: ["b", "c", "d"], isOpen: true },
    { turns: ["b"], isOpen: false },
  ])(
    "with frames of turns $turns stays open: $isOpen, by what their writes would take without it",
    async ({ turns, isOpen }) => {
      const { socket, write, open, idle, endWindow } = setup(20, 30);
      await open();
      for (let count = 0; count < 3; count++) {
        for (const text of turns) await write(text);
        idle(9);
        endWindow(1);
      }
      expect(socket.writes).toEqual([turns, turns, turns]);
      await write("e");
      expect(socket.writes).toHaveLength(isOpen ? 3 : 4);
    },
  );

  test("closes by the cost of a write without it, not by that of one that joins frames", async () => {
    const { socket, write, open, endWindow } = setup(10, 20, 40);
    await open();
    await write("a", "b");
    endWindow(5);
    await write("c");
    expect(socket.writes).toEqual([["a", "b"], ["c"]]);
  });

  test.each([
    [24, 40, 12],
    [24, 30, 6],
    [5, 20, 5],
    [1, 20, 5],
    [1, 3, 2],
  ])("after a round of %i ms and with a limit of %i ms lasts %i ms", async (writeMs, maxBatchDelayMs, windowMs) => {
    const { clock, socket, write, open } = setup(writeMs, maxBatchDelayMs);
    await open();
    await write("b");
    clock.advance(windowMs - 1);
    expect(socket.writes).toEqual([]);
    clock.advance(1);
    expect(socket.writes).toEqual([["b"]]);
  });

  test.each([20, 50])("does not exist after a round of %i ms, with a limit of 20 ms", async (writeMs) => {
    const { clock, socket, write, open } = setup(writeMs, 20);
    await open();
    for (let count = 1; count <= 3; count++) {
      await write("b");
      expect(socket.writes).toHaveLength(count);
    }
    expect(clock.pending).toBe(0);
  });

  test("closes again when writing takes less", async () => {
    const { clock, socket, write, open } = setup(10);
    await open();
    clock.advance(100);
    await write("b");
    await write("c");
    expect(socket.writes).toEqual([["b"], ["c"]]);
  });

  test("is not ended by a flush, and opens when flushes take more than half of the time", async () => {
    const { clock, socket, queue, writeScheduler } = setup(10);
    for (let count = 1; count <= 5; count++) {
      queue.append(new Frame("a"));
      writeScheduler.flush();
      expect(socket.writes).toHaveLength(count);
      await turn();
    }
    queue.append(new Frame("b"));
    writeScheduler.flush();
    await turn();
    expect(socket.writes).toHaveLength(5);
    clock.advance(5);
    expect(socket.writes).toHaveLength(6);
  });

  test("of 0 never waits, also not for a flush", async () => {
    const { socket, queue, writeScheduler, write, open } = setup(10, 0);
    await open();
    await write("b");
    queue.append(new Frame("c"));
    writeScheduler.flush();
    expect(socket.writes).toEqual([["b"], ["c"]]);
    await turn();
  });
});

describe("a round", () => {
  /** Creates queues on a manual clock, whose writes take half a millisecond each. `written` are the indexes of the queues. */
  function setup(count: number, maxBatchDelayMs = 0) {
    const clock = new ManualClock();
    const writeScheduler = new WriteScheduler(clock, maxBatchDelayMs);
    const written: number[] = [];
    const queues = Array.from({ length: count }, (_, index) => ({
      endTurn() {
        clock.advance(0.5);
        written.push(index);
      },
    }));
    const indexes = (from: number, to: number) => Array.from({ length: to - from }, (_, nth) => from + nth);
    return { clock, writeScheduler, written, queues, indexes };
  }

  test("takes turns with the event loop, and writes each queue once", async () => {
    const { writeScheduler, written, queues, indexes } = setup(20);
    for (const queue of queues) writeScheduler.add(queue);
    expect(written).toEqual([]);
    for (const end of [4, 8, 12, 16, 20]) {
      await turn();
      expect(written).toEqual(indexes(0, end));
    }
    await turn();
    expect(written).toHaveLength(20);
  });

  test("comes before the next one, with the queues that get frames while it lasts", async () => {
    const { writeScheduler, written, queues, indexes } = setup(20);
    for (const queue of queues) writeScheduler.add(queue);
    await turn();
    for (const index of [3, 1]) writeScheduler.add(queues[index] as ScheduledQueue);
    for (let passed = 0; passed < 6; passed++) await turn();
    expect(written).toEqual([...indexes(0, 20), 3, 1]);
  });

  test("is one turn for a queue that waits in it", async () => {
    const { writeScheduler, queues } = setup(20);
    const { turn: first } = writeScheduler;
    for (const queue of queues) writeScheduler.add(queue);
    await turn();
    expect(writeScheduler.turn).toBe(first);
    for (let passed = 0; passed < 4; passed++) await turn();
    expect(writeScheduler.turn).toBe(first + 1);
  });

  test("is one turn also for the queues that wait for the next one, while the window is open", async () => {
    const { clock, writeScheduler, written, queues } = setup(20, 20);
    while (clock.monotonic() < 50) {
      for (const queue of queues) writeScheduler.add(queue);
      for (let passed = 0; passed < 5; passed++) await turn();
    }
    written.length = 0;
    for (const queue of queues) writeScheduler.add(queue);
    await turn();
    expect(written).toEqual([]);
    clock.advance(5);
    expect(written).toHaveLength(4);
    const { turn: first } = writeScheduler;
    writeScheduler.add(queues[0] as ScheduledQueue);
    await turn();
    expect(written).toHaveLength(8);
    expect(writeScheduler.turn).toBe(first);
    for (let passed = 0; passed < 3; passed++) await turn();
    expect(writeScheduler.turn).toBe(first + 1);
  });

  test("is continued by a flush", async () => {
    const { writeScheduler, written, queues, indexes } = setup(20);
    for (const queue of queues) writeScheduler.add(queue);
    for (const end of [4, 8, 12, 16, 20]) {
      writeScheduler.flush();
      expect(written).toEqual(indexes(0, end));
    }
    for (let passed = 0; passed < 2; passed++) await turn();
    expect(written).toHaveLength(20);
  });
});
