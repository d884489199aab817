import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { bars, orders } from "@trading/topic/shapes";
import { createClient } from "@trading/ws-client";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { hasRedis } from "../../src/redis/redis-server.mjs";
import { root } from "../../src/run.mjs";
import { findTool } from "../../src/tools.mjs";

const ACCOUNT = "TEST-001";

/** `npm run cluster`, with the lines that it has printed. */
class Cluster {
  readonly lines: string[] = [];
  readonly #child;
  #wake = () => {};

  constructor(DATA_DIR: string) {
    this.#child = spawn(process.execPath, ["tooling/main.mjs", "cluster"], {
      cwd: root,
      env: { ...process.env, PORT: "0", DATA_DIR },
      stdio: ["ignore", "pipe", "inherit"],
    });
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      this.lines.push(line);
      this.#wake();
    });
  }

  /** Returns the groups of the first line that matches, as soon as it was printed. */
  async line(pattern: RegExp): Promise<string[]> {
    for (let at = 0; ; at++) {
      while (at === this.lines.length) {
        if (this.#child.exitCode !== null) throw new Error(`It has ended:\n${this.lines.join("\n")}`);
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
      const match = pattern.exec(this.lines[at] as string);
      if (match) return match.slice(1);
    }
  }

  /** Stops it as Ctrl+C does. @returns its exit code */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGINT");
    return (await exited)[0];
  }
}

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
    const cluster = new Cluster(DATA_DIR);
    onTestFinished(() => void cluster.stop());
    const [first, firstPid] = (await cluster.line(/^server 1 {3}(http\S+) {3}kill -9 (\d+)/)) as [string, string];
    const [second] = (await cluster.line(/^server 2 {3}(http\S+)/)) as [string];
    const [both] = (await cluster.line(/^nginx +(http\S+)/)) as [string];

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
