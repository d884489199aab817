import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { RecordingLogger } from "@trading/ws-server/testing";
import { afterEach, expect, test } from "vitest";
import { compose } from "../../src/compose.js";
import { parseEnv } from "../../src/config/env.js";
import { FastClock } from "./fast-clock.js";
import { type Held, Terminals } from "./terminals.js";

const SPEED = 100;
const HOUR_MS = 3_600_000 / SPEED;
const TERMINALS = 200;
const ACCOUNT = "TEST-001";
/** What is there at the end may be more than what was there after a third of the hour by so much. In MiB. */
const MAX_GROWTH = 8;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** What one terminal asks for: its chart's symbol in full, the watch list, and its account. */
function heldBy(index: number, symbols: readonly string[]): readonly Held[] {
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

/** What is kept, without buffers outside of the heap: they are what is under way at the moment. */
function heldMiB(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

test(`an hour of trading in ${HOUR_MS / 1_000} s, with ${TERMINALS} terminals`, { timeout: 180_000 }, async () => {
  const DATA_DIR = mkdtempSync(join(tmpdir(), "hour-"));
  ends.push(() => rmSync(DATA_DIR, { recursive: true }));
  const logger = new RecordingLogger();
  const clock = new FastClock();
  const env = parseEnv({ AUTH_MODE: "demo", DATA_DIR });
  const { app, datafeed } = await compose(env, { logger, clock });
  ends.push(() => app.close());
  const port = await app.listen(0, "127.0.0.1");
  const terminals = new Terminals(port, 10_000 / SPEED);
  ends.push(() => terminals.close());
  const symbols = [...datafeed.instruments.keys()];
  for (let index = 0; index < TERMINALS; index++) terminals.open(heldBy(index, symbols));
  const wanted = TERMINALS * heldBy(0, symbols).length;
  // A source that starts makes its day: that takes as long as it takes, and would be minutes of a fast clock.
  await expect.poll(() => app.stream.counts().subscriptions, { timeout: 60_000 }).toBe(wanted);
  clock.speed = SPEED;

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
  const startedAt = performance.now();
  let warm: number | undefined;
  let orders = 0;
  while (performance.now() - startedAt < HOUR_MS) {
    // Bought, and sold again, so that what is held does not grow.
    statuses.add(await order(1, orders));
    statuses.add(await order(-1, orders));
    orders += 2;
    await wait(250);
    if (warm === undefined && performance.now() - startedAt > HOUR_MS / 3) warm = heldMiB();
  }
  const grown = heldMiB() - (warm ?? 0);
  const { subscriptions, topics } = app.stream.counts();
  const faults = logger.entries.filter(({ level }) => level === "warn" || level === "error");

  console.log(
    `hour: ${(terminals.received / 2 ** 20).toFixed(0)} MiB to ${terminals.count} terminals with ${subscriptions} subscriptions of ${topics} topics; ` +
      `${orders} orders; ${terminals.ended} reconnects; ${grown.toFixed(1)} MiB more than after a third`,
  );
  expect(faults).toEqual([]);
  expect([...statuses].every((status) => status >= 200 && status < 300)).toBe(true);
  expect(subscriptions).toBe(wanted);
  expect(terminals.received).toBeGreaterThan(2 ** 20);
  expect(grown).toBeLessThan(MAX_GROWTH);
});
