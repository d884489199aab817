import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ManualClock, RecordingLogger } from "@trading/ws-server/testing";
import { afterEach, expect, test, vi } from "vitest";
import { compose } from "../../src/compose.js";
import { parseEnv } from "../../src/config/env.js";
import { BrokerLease } from "../../src/modules/broker/broker-lease.js";
import { until } from "../until.js";
import { type Target, Terminals } from "./terminals.js";

const HOUR_S = 3_600;
const TERMINALS = Number(process.env.HOUR_TERMINALS ?? (process.env.NEW_SEEDS === "true" ? 200 : 80));
const ACCOUNT = "TEST-001";
const ORDER_EVERY_S = 25;
/**
 * The heap at the end may exceed the heap after a third of the hour by this, in MiB: 14 bytes for each terminal and second, and what the
 * compiled code and the garbage collector take.
 */
const MAX_GROWTH = 1.5 + TERMINALS / 31;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Returns the topics of one terminal: its chart's symbol, the watch list, and its account. */
function targetsOf(index: number, symbols: readonly string[]): readonly Target[] {
  const symbol = symbols[index % symbols.length] as string;
  const market = [
    { route: "bars", params: { symbol, resolution: ["1", "5", "60", "D"][index % 4] } },
    { route: "quotes", params: { symbols: [], fast_symbols: [...symbols].sort() } },
    { route: "trades", params: { symbol } },
    { route: "orderbook", params: { symbol, depth: 8 } },
  ];
  const ofAccount = ["orders", "positions", "equity", "account", "broker-connection", "notifications"];
  return [...market, ...ofAccount.map((route) => ({ route, params: { accountId: ACCOUNT } }))];
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Returns the size of the heap after a garbage collection. Buffers outside the heap are left out: they are in transit. */
function heapMiB(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/** Counts the calls of the broker's store in progress. They take real time, but their deadline is on the test's clock. */
function countStoreCalls() {
  const { call } = BrokerLease.prototype;
  const calls = { pending: 0 };
  const spy = vi.spyOn(BrokerLease.prototype, "call").mockImplementation(async function (this: BrokerLease, run) {
    calls.pending++;
    return call.call(this, run).finally(() => calls.pending--);
  });
  cleanups.push(() => spy.mockRestore());
  return calls;
}

/**
 * Waits for a promise. Calls `onStall` after each 15 s of real time, so that whatever waits for the clock can go on, and
 * rejects with a report after five minutes, so that a hang says what it waits for.
 */
async function withinReason(promise: Promise<void>, onStall: () => void, report: () => string): Promise<void> {
  let stalls = 0;
  let timer: NodeJS.Timeout | undefined;
  const hang = new Promise<never>((_, reject) => {
    timer = setInterval(() => (++stalls < 20 ? onStall() : reject(new Error(report()))), 15_000);
  });
  await Promise.race([promise, hang]).finally(() => clearInterval(timer));
}

// The clock moves on by a second when every terminal has received what the second before has sent, and the store has
// replied, so that the test passes however slow the machine is.
test(`serves ${TERMINALS} terminals for an hour without a warning, and its memory does not grow`, {
  timeout: 1_200_000,
}, async () => {
  const DATA_DIR = mkdtempSync(join(tmpdir(), "hour-"));
  cleanups.push(() => rmSync(DATA_DIR, { recursive: true }));
  const logger = new RecordingLogger();
  const clock = new ManualClock(Date.now());
  const env = parseEnv({
    AUTH_MODE: "demo",
    DATA_DIR,
    // All terminals have one address, and the clock stands still while they open.
    MAX_NEW_CONNECTIONS_PER_SECOND_PER_ADDRESS: "0",
    MAX_REQUESTS_PER_SECOND_PER_ADDRESS: "0",
    // Fewer than any limit of open files, about which the server would warn.
    MAX_CONNECTIONS: "400",
  });
  const store = countStoreCalls();
  const { app, datafeed } = await compose(env, { logger, clock });
  cleanups.push(() => app.close());
  const port = await app.listen(0, "127.0.0.1");
  const terminals = new Terminals(port);
  cleanups.push(() => terminals.close());
  const symbols = [...datafeed.instruments.keys()];
  for (let index = 0; index < TERMINALS; index++) terminals.open(targetsOf(index, symbols));
  const wanted = TERMINALS * targetsOf(0, symbols).length;
  const faults = () => logger.entries.filter(({ level }) => level === "warn" || level === "error");
  const settle = async () => {
    await terminals.settled();
    await until(() => {
      if (terminals.refusal !== undefined) throw new Error(`A request was refused: ${terminals.refusal}`);
      return app.stream.counts().subscriptions === wanted && store.pending === 0;
    });
  };
  const state = () => {
    const counts = { ...app.stream.counts(), wanted, waiting: terminals.waiting, storeCalls: store.pending };
    return JSON.stringify({ counts, faults: faults() });
  };
  const onStall = () => {
    console.log(`hour: nothing has settled for 15 s: ${state()}`);
    clock.advance(1_000);
  };
  const settled = () => withinReason(settle(), onStall, () => `Nothing has settled for five minutes: ${state()}`);

  const order = async (side: 1 | -1, at: number) => {
    const symbol = symbols[at % symbols.length];
    const reply = await fetch(`http://127.0.0.1:${port}/api/v1/broker/orders?accountId=${ACCOUNT}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ symbol, type: 2, side, qty: 1 }),
    });
    return reply.status;
  };
  const statuses = new Set<number>();
  let warm = 0;
  let orders = 0;
  await settled();
  for (let second = 0; second < HOUR_S; second++) {
    if (second % ORDER_EVERY_S === 0) {
      // The same quantity is bought and sold, so that the positions do not grow.
      statuses.add(await order(1, orders));
      statuses.add(await order(-1, orders));
      orders += 2;
    }
    clock.advance(1_000);
    await settled();
    if (second === HOUR_S / 3) warm = heapMiB();
  }
  const growth = heapMiB() - warm;
  const { subscriptions, topics } = app.stream.counts();

  console.log(
    `hour: ${(terminals.received / 2 ** 20).toFixed(0)} MiB to ${terminals.count} terminals with ${subscriptions} subscriptions of ${topics} topics; ` +
      `${orders} orders; ${terminals.reconnects} reconnects; the heap grew by ${growth.toFixed(1)} MiB after a third`,
  );
  expect(faults()).toEqual([]);
  expect([...statuses].every((status) => status >= 200 && status < 300)).toBe(true);
  expect(subscriptions).toBe(wanted);
  expect(terminals.received).toBeGreaterThan(2 ** 20);
  expect(terminals.reconnects).toBeGreaterThan(0);
  expect(growth).toBeLessThan(MAX_GROWTH);
});
