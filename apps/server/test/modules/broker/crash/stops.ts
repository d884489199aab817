import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { BrokerStore } from "../../../../src/modules/broker/store/store.js";
import { acquired } from "../acquired.js";
import { loadAll } from "../load-all.js";
import { LOST_AFTER_MS } from "./load.js";
import type { ServerProcess } from "./server.js";

/** The symbol of the recording. */
export const SYMBOL = "ZIGZAG";
/** Between two requests of the same: without a pause, the requests would keep a core busy that the servers need. */
export const LOOK_MS = 20;
/** The account of the stops, which needs no token. */
export const ACCOUNT = "TEST-001";

type Server = Pick<ServerProcess, "baseUrl">;

/** Writes a recording whose price swings between 90 and 110 every eight bars. @returns the variables that play it */
export function zigzag(folder: string): Record<string, string> {
  const prices = [100, 105, 110, 105, 100, 95, 90, 95];
  const lines = Array.from({ length: 400 }, (_, index) => {
    const [open, close] = [prices[index % 8] as number, prices[(index + 1) % 8] as number];
    const time = new Date(Date.UTC(2026, 0, 5, 10, index)).toISOString();
    return [time, open, Math.max(open, close), Math.min(open, close), close, 1_000_000].join(",");
  });
  const recording = join(folder, `${SYMBOL}.csv`);
  writeFileSync(recording, `time,open,high,low,close,volume\n${lines.join("\n")}\n`);
  return { DATAFEED: "replay", REPLAY_FILE: recording, REPLAY_BARS_PER_SECOND: "2", REPLAY_AT_END: "loop" };
}

export const accountUrl = ({ baseUrl }: Server, path: string) => `${baseUrl}/broker/${path}?accountId=${ACCOUNT}`;

/**
 * Places an order to buy one share as soon as the price reaches 108.
 *
 * @param key repeats the request with this key until it is executed. @default it must be executed the first time
 * @returns the order's id
 */
export async function placeStop(server: Server, key?: string): Promise<string> {
  for (;;) {
    const reply = await fetch(accountUrl(server, "orders"), {
      method: "POST",
      headers: { "content-type": "application/json", ...(key !== undefined && { "idempotency-key": key }) },
      body: JSON.stringify({ symbol: SYMBOL, type: 3, side: 1, qty: 1, stopPrice: 108 }),
      signal: key === undefined ? null : AbortSignal.timeout(LOST_AFTER_MS),
    }).catch(() => undefined);
    const body = (await reply?.json().catch(() => undefined)) as { orderId?: string } | undefined;
    if (body?.orderId !== undefined) return body.orderId;
    if (key === undefined || (body !== undefined && reply?.status !== 503))
      throw new Error(`The stop got the reply ${reply?.status} ${JSON.stringify(body)}`);
    await pause(LOOK_MS);
  }
}

/** Waits until orders are no longer working. */
export async function untilFinished(server: Server, ids: readonly string[]): Promise<void> {
  for (;;) {
    const orders = (await (await fetch(accountUrl(server, "orders"))).json()) as { id: string; status: number }[];
    if (!orders.some(({ id, status }) => ids.includes(id) && status === 6)) return;
    await pause(LOOK_MS);
  }
}

/** Returns the stored statuses of orders. */
export async function statusesOf(store: BrokerStore, ids: readonly string[]): Promise<unknown[]> {
  const lease = await acquired(store);
  const { orders } = (await loadAll(store, lease, [ACCOUNT])).snapshot;
  await lease.release();
  return ids.map((id) => orders.find((order) => order.id === id)?.status);
}
