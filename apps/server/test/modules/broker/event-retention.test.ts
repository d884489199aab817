import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ORDER_TYPE } from "@trading/topic";
import { systemRandom } from "@trading/ws-server";
import { ManualClock, RecordingLogger } from "@trading/ws-server/testing";
import { expect, onTestFinished, test } from "vitest";
import { Broker } from "../../../src/modules/broker/broker.js";
import { BATCH_SIZE, EventRetention } from "../../../src/modules/broker/event-retention.js";
import { openLibsqlStore } from "../../../src/modules/broker/store/libsql.js";
import { JumpingClock } from "../../jumping-clock.js";
import { FakeMarket } from "./fake-market.js";
import { FaultyStore, gate, passUntil } from "./harness.js";

const NOW = Date.UTC(2026, 10, 25, 10);
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** A store with a number of old rows, which a test can make busy or broken. */
function start(oldRows: number) {
  const clock = new JumpingClock(NOW);
  const logger = new RecordingLogger();
  const calls: { before: number; limit: number }[] = [];
  const state = { left: oldRows, isBusy: false, error: undefined as Error | undefined };
  const retention = new EventRetention({
    keepMs: 30 * DAY_MS,
    clock,
    logger,
    deleteBefore: async (before, limit) => {
      calls.push({ before, limit });
      if (state.error) throw state.error;
      if (state.isBusy) return undefined;
      const deleted = Math.min(state.left, limit);
      state.left -= deleted;
      return deleted;
    },
  });
  onTestFinished(() => retention.close());
  /** Advances the clock, with a turn for each timer. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 250) {
      clock.advance(250);
      await new Promise(setImmediate);
    }
  };
  return { clock, logger, calls, state, pass, retention };
}

test("deletes in bounded batches with pauses, until none is old, and again after an hour", async () => {
  const { calls, state, pass, logger } = start(2 * BATCH_SIZE + 1);
  await pass(59_750);
  expect(calls).toEqual([]);
  await pass(250);
  expect(calls).toEqual([{ before: NOW + 60_000 - 30 * DAY_MS, limit: BATCH_SIZE }]);
  await pass(250);
  expect([calls.length, state.left]).toEqual([2, 1]);
  await pass(1_000);
  expect([calls.length, state.left]).toEqual([4, 0]);
  expect(logger.entries.map(({ fields }) => fields)).toEqual([{ rows: 2 * BATCH_SIZE + 1 }]);
  await pass(HOUR_MS - 1_000);
  expect(calls).toHaveLength(4);
  await pass(1_000);
  expect(calls).toHaveLength(5);
});

test("deletes nothing for an hour after the clock was set forward by years, in case it is wrong", async () => {
  const { calls, clock, pass, logger } = start(10);
  clock.jump(3_650 * DAY_MS);
  await pass(60_000);
  expect(calls).toEqual([]);
  expect(logger.entries.map(({ level, fields }) => [level, fields])).toEqual([["warn", { ms: 3_650 * DAY_MS }]]);
  // It was wrong.
  clock.jump(-3_650 * DAY_MS);
  await pass(HOUR_MS);
  expect(calls[0]).toEqual({ before: clock.now() - 30 * DAY_MS, limit: BATCH_SIZE });
  // It is right.
  clock.jump(2 * DAY_MS);
  await pass(HOUR_MS);
  const before = calls.length;
  await pass(HOUR_MS + 250);
  expect(calls.length).toBeGreaterThan(before);
});

test("waits while commits are to be stored", async () => {
  const { calls, state, pass } = start(10);
  state.isBusy = true;
  await pass(60_000 + 750);
  expect([calls.length, state.left]).toEqual([4, 10]);
  state.isBusy = false;
  await pass(250);
  expect(state.left).toBe(0);
});

test("continues after an error with the next pass, and stops when it is closed", async () => {
  const { calls, state, pass, logger, retention } = start(10);
  state.error = new Error("disk full");
  await pass(120_000);
  expect(calls).toHaveLength(1);
  expect(logger.entries.map(({ level }) => level)).toEqual(["warn"]);
  state.error = undefined;
  await pass(HOUR_MS);
  expect(state.left).toBe(0);
  retention.close();
  const before = calls.length;
  await pass(2 * HOUR_MS);
  expect(calls).toHaveLength(before);
});

const BUY = { symbol: "AAPL", type: ORDER_TYPE.market, side: 1, qty: 10 } as const;

/** Opens a broker that keeps events for 30 days. */
async function openKeeping(startAt: number, file = ":memory:") {
  const clock = new ManualClock(startAt);
  const market = new FakeMarket();
  market.setTopOfBook("AAPL", 99.9, 100.1);
  const store = new FaultyStore(openLibsqlStore(file));
  const context = { market, clock, random: systemRandom, logger: new RecordingLogger() };
  const broker = await Broker.open({ ...context, store, eventsKeepDays: 30 });
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= broker.close());
  onTestFinished(close);
  return { clock, store, broker, close };
}

test("a broker deletes its old events, and keeps working orders and positions", async () => {
  const folder = mkdtempSync(join(tmpdir(), "retention-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "broker.db");
  const old = await openKeeping(NOW - 40 * DAY_MS, file);
  await old.broker.place("a", BUY);
  const working = await old.broker.place("a", { ...BUY, type: ORDER_TYPE.limit, limitPrice: 50 });
  expect(await old.store.executions("a", undefined, 9)).toHaveLength(1);
  await old.close();

  const { clock, store, broker } = await openKeeping(NOW, file);
  await broker.place("a", { ...BUY, qty: 1 });
  await passUntil(clock, () => store.deletions > 0 && FaultyStore.pending === 0);
  expect((await store.executions("a", undefined, 9)).map(({ time }) => time)).toEqual([NOW]);
  expect(await store.finishedOrders("a", 9)).toHaveLength(1);
  const { orders, positions } = await broker.snapshot("a");
  expect(orders.map(({ id }) => id)).toContain(working.id);
  expect(positions).toMatchObject([{ qty: 1_100_000_000n }]);
});

test("a broker deletes nothing while a commit is in progress", async () => {
  const { clock, store, broker } = await openKeeping(NOW);
  await passUntil(clock, () => clock.now() >= NOW + 59_000);
  const { opened, open } = gate();
  store.beforeCommit = () => opened;
  const placed = broker.place("a", BUY);
  await passUntil(clock, () => store.commits.length > 0);
  // The first pass is due in this time, and the commit's deadline is not.
  clock.advance(2_000);
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
  expect(store.deletions).toBe(0);
  open();
  await placed;
  await passUntil(clock, () => store.deletions > 0);
  expect(await store.executions("a", undefined, 9)).toHaveLength(1);
});
