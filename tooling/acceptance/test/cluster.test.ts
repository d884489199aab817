import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bars, orders } from "@trading/topic/shapes";
import { createClient } from "@trading/ws-client";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { Command } from "../../src/command.mjs";
import { hasRedis } from "../../src/redis/redis-server.mjs";
import { findTool } from "../../src/tools.mjs";

const ACCOUNT = "TEST-001";

/** Called after each update that a page receives. */
let wake = () => {};

/** Calls a function after each update until it returns a value. */
async function eventually<Value>(find: () => Value | undefined): Promise<Value> {
  for (;;) {
    const value = find();
    if (value !== undefined) return value;
    await new Promise<void>((resolve) => (wake = resolve));
  }
}

/** A page of the terminal: the prices and the orders that it shows. */
function openPage(http: string) {
  const url = `${http.replace("http", "ws")}/api/v1/ws`;
  const client = createClient({ url, WebSocket, backoffInitialMs: 50, backoffMaxMs: 200 });
  onTestFinished(() => client.close());
  /** The bars with their numbers in the stream, which are the same on all servers. */
  const received = new Set<string>();
  const placed = new Map<string, unknown>();
  const chart = client.subscribe(bars, { symbol: "AAPL", resolution: "1" }, (bar, { offset }) => {
    received.add(`${offset}: ${JSON.stringify(bar)}`);
    wake();
  });
  client.subscribe(orders, { accountId: ACCOUNT }, (order) => {
    placed.set(order.id, order);
    wake();
  });
  return { received, placed, chart };
}

test.skipIf(!hasRedis || findTool("nginx") === undefined)(
  "npm run cluster starts servers with the same prices and accounts, and goes on when one is killed",
  async () => {
    const DATA_DIR = mkdtempSync(join(tmpdir(), "cluster-"));
    onTestFinished(() => rmSync(DATA_DIR, { recursive: true }));
    const cluster = new Command("cluster", { PORT: "0", DATA_DIR });
    onTestFinished(() => void cluster.stop());
    const [first, firstPid] = (await cluster.line(/^server 1 {3}(http\S+)\/\?account=TEST-001 {3}kill -9 (\d+)/)) as [
      string,
      string,
    ];
    const [second] = (await cluster.line(/^server 2 {3}(http\S+)\/\?account=/)) as [string];
    const [both] = (await cluster.line(/^nginx +(http\S+)\/\?account=/)) as [string];

    const [one, other, behindProxy] = [openPage(first), openPage(second), openPage(both)];
    // The same update with the same number on both servers.
    await eventually(() => [...one.received].find((bar) => other.received.has(bar)));

    for (const http of [first, second]) {
      const reply = await fetch(`${http}/api/v1/broker/orders?accountId=${ACCOUNT}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ symbol: "AAPL", type: 1, side: 1, qty: 1, limitPrice: 1 }),
      });
      expect(reply.status).toBe(200);
      const { orderId } = (await reply.json()) as { orderId: string };
      for (const page of [one, other]) await eventually(() => page.placed.get(orderId));
    }

    process.kill(Number(firstPid), "SIGKILL");
    await cluster.line(/^server 1 │ ended \(SIGKILL\)/);
    const known = new Set([...other.received, ...behindProxy.received]);
    for (const page of [other, behindProxy]) {
      await eventually(() => [...page.received].find((key) => !known.has(key)));
    }
    const [pid] = (await cluster.line(/^server 1 │ runs again {3}kill -9 (\d+)/)) as [string];
    const before = one.received.size;
    await eventually(() => (one.received.size > before ? true : undefined));
    for (const { chart } of [one, other, behindProxy]) expect(chart.status.state).toBe("live");

    expect(await cluster.stop()).toBe(0);
    // Nothing is left.
    expect(() => process.kill(Number(pid), 0)).toThrow("ESRCH");
  },
);
