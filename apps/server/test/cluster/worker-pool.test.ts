import { ManualClock, RecordingLogger } from "@trading/ws-server/testing";
import { describe, expect, test } from "vitest";
import type { ToWorker } from "../../src/cluster/worker-messages.js";
import { type ForkListener, WorkerPool } from "../../src/cluster/worker-pool.js";

const LISTENING = { type: "listening", banner: "", addresses: {} } as const;

/** A pool whose workers are controlled by the test. */
function startPool(count: number, timeoutMs = 0) {
  const clock = new ManualClock();
  const logger = new RecordingLogger();
  const forks: { number: number; listener: ForkListener; sent: ToWorker[]; isKilled: boolean }[] = [];
  const failures: string[] = [];
  let listenings = 0;
  const pool = new WorkerPool({
    count,
    timeoutMs,
    fork(number, listener) {
      const fork = { number, listener, sent: [] as ToWorker[], isKilled: false };
      forks.push(fork);
      return {
        pid: undefined,
        send: (message) => void fork.sent.push(message),
        kill() {
          fork.isKilled = true;
        },
      };
    },
    onListening: () => void listenings++,
    onFailed: (reason) => void failures.push(reason),
    clock,
    logger,
  });
  pool.start();
  const numbers = () => forks.map(({ number }) => number);
  const listen = (index: number) => forks[index]?.listener.onMessage(LISTENING);
  const exit = (index: number, how: number | NodeJS.Signals = 1) => forks[index]?.listener.onExit(how);
  const listenAll = () => {
    for (let index = 0; index < count; index++) listen(index);
  };
  return { pool, clock, logger, forks, failures, numbers, listen, exit, listenAll, listenings: () => listenings };
}

describe("the start of workers", () => {
  test("starts the others when the first one listens, and reports that once", () => {
    const { numbers, listen, listenings, pool } = startPool(3);
    expect(numbers()).toEqual([1]);
    listen(0);
    expect(numbers()).toEqual([1, 2, 3]);
    listen(1);
    expect(listenings()).toBe(1);
    expect(pool.listening).toEqual([1, 2]);
  });

  test("fails with the reason of the first worker", () => {
    const { failures, exit, forks, numbers, clock } = startPool(2);
    forks[0]?.listener.onMessage({ type: "failed", reason: "Port 8000 is already in use." });
    exit(0);
    clock.advance(60_000);
    expect(failures).toEqual(["Port 8000 is already in use."]);
    expect(numbers()).toEqual([1]);
  });

  test("fails for a first worker that was killed, and says how it ended", () => {
    const { failures, exit } = startPool(2);
    exit(0, "SIGKILL");
    expect(failures).toEqual(["Worker 1 ended before it listened (SIGKILL)."]);
  });
});

describe("a worker that ends", () => {
  test("is replaced immediately, and with growing delays when that happens again", () => {
    const { numbers, listenAll, listen, exit, clock, logger } = startPool(2);
    listenAll();
    const delays: number[] = [];
    for (let index = 1; index < 8; index++) {
      exit(index, "SIGSEGV");
      const start = clock.monotonic();
      while (numbers().length < index + 2) clock.advance(250);
      delays.push(clock.monotonic() - start);
      listen(index + 1);
    }
    expect(delays).toEqual([250, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000]);
    expect(numbers()).toEqual([1, ...new Array(8).fill(2)]);
    expect(logger.entries.at(-1)).toMatchObject({ message: "A worker listens", fields: { worker: 2 } });
  });

  test("is replaced immediately again when it has run for a minute", () => {
    const { numbers, listenAll, listen, exit, clock } = startPool(2);
    listenAll();
    exit(1);
    clock.advance(1);
    listen(2);
    clock.advance(60_000);
    exit(2);
    clock.advance(1);
    expect(numbers()).toEqual([1, 2, 2, 2]);
  });

  test("is replaced as long as another one listens", () => {
    const { failures, listenAll, exit, clock, numbers } = startPool(2);
    listenAll();
    for (let index = 1; index < 10; index++) {
      exit(index);
      clock.advance(30_000);
    }
    expect(numbers()).toHaveLength(11);
    expect(failures).toEqual([]);
  });

  test("fails when five starts in succession have failed and no worker listens", () => {
    const { failures, listen, exit, clock, forks, numbers } = startPool(1);
    listen(0);
    exit(0);
    for (let index = 1; index <= 5; index++) {
      expect(failures).toEqual([]);
      clock.advance(30_000);
      forks[index]?.listener.onMessage({ type: "failed", reason: "The disk is full." });
      exit(index);
    }
    expect(failures).toEqual(["The disk is full."]);
    clock.advance(60_000);
    expect(numbers()).toHaveLength(6);
  });
});

describe("a worker whose event loop is blocked", () => {
  const TIMEOUT_MS = 30_000;
  const alive = (fork: { listener: ForkListener } | undefined) => fork?.listener.onMessage({ type: "alive" });

  test("is killed when it has sent nothing for the time limit, and is replaced", () => {
    const { forks, numbers, listenAll, exit, clock, logger } = startPool(2, TIMEOUT_MS);
    listenAll();
    for (let second = 0; second < 30; second++) {
      clock.advance(1_000);
      alive(forks[0]);
    }
    expect(forks.map(({ isKilled }) => isKilled)).toEqual([false, false]);
    clock.advance(1_000);
    expect(forks.map(({ isKilled }) => isKilled)).toEqual([false, true]);
    expect(logger.entries.at(-1)).toMatchObject({ level: "error", fields: { worker: 2, timeoutMs: TIMEOUT_MS } });
    exit(1, "SIGKILL");
    clock.advance(1);
    expect(numbers()).toEqual([1, 2, 2]);
    // The replacement has the whole time.
    alive(forks[0]);
    clock.advance(2_000);
    expect(forks[2]?.isKilled).toBe(false);
  });

  test("is not killed before it listens, which can take long", () => {
    const { forks, listen, clock } = startPool(2, TIMEOUT_MS);
    listen(0);
    for (let second = 0; second < 100; second++) {
      clock.advance(1_000);
      alive(forks[0]);
    }
    expect(forks[1]?.isKilled).toBe(false);
  });

  test("is not killed with a limit of 0", () => {
    const { forks, listenAll, clock } = startPool(1);
    listenAll();
    clock.advance(3_600_000);
    expect(forks[0]?.isKilled).toBe(false);
  });
});

describe("the stop of workers", () => {
  test("stops one after the other, each with its share of the time", async () => {
    const { pool, forks, listenAll, exit } = startPool(2);
    listenAll();
    const stopped = pool.stop("SIGTERM", { drainMs: 1_001 });
    const stop = { type: "stop", signal: "SIGTERM", delayMs: 0, drainMs: 500 };
    await Promise.resolve();
    expect(forks.map(({ sent }) => sent)).toEqual([[stop], []]);
    exit(0, 0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(forks.map(({ sent }) => sent)).toEqual([[stop], [stop]]);
    exit(1, 0);
    expect(await stopped).toBe(true);
    expect(forks).toHaveLength(2);
  });

  test("kills a worker that does not end in time", async () => {
    const { pool, forks, listen, exit, clock } = startPool(1);
    listen(0);
    const stopped = pool.stop("SIGINT", { drainMs: 500 });
    clock.advance(10_499);
    expect(forks[0]?.isKilled).toBe(false);
    clock.advance(1);
    expect(forks[0]?.isKilled).toBe(true);
    exit(0, "SIGKILL");
    expect(await stopped).toBe(false);
  });

  test("replaces no worker meanwhile", async () => {
    const { pool, forks, listenAll, exit, clock } = startPool(3);
    listenAll();
    exit(2);
    const stopped = pool.stop("SIGTERM", { drainMs: 0 });
    exit(1);
    exit(0, 0);
    clock.advance(60_000);
    expect(await stopped).toBe(true);
    expect(forks).toHaveLength(3);
  });

  test("passes messages to all workers", () => {
    const { pool, forks, listenAll } = startPool(2);
    listenAll();
    pool.broadcast({ type: "reload" });
    expect(forks.map(({ sent }) => sent)).toEqual([[{ type: "reload" }], [{ type: "reload" }]]);
  });
});
