import { bars, trades } from "@trading/topic";
import { createServer, defineModule, serve } from "@trading/ws-server";
import { RecordingLogger, ScriptedSource } from "@trading/ws-server/testing";
import { FaultProxy } from "../../../../tooling/chaos/src/fault-proxy.js";
import type { Link } from "../../../../tooling/chaos/src/link.js";

/** The clients' activity, from the server's start until they all disconnected. */
export interface Seen {
  readonly sockets: number;
  /** The types of the requests, in the order of their replies. */
  readonly requests: readonly string[];
}

/** A server whose client runs in a page or in another process. */
export interface EngineServer {
  /** Publishes one trade and one bar of AAPL for each price. */
  publish(prices: readonly number[]): void;
  /** Resets every connection, and publishes updates that its client misses. */
  cut(prices: readonly number[]): void;
  /** Blocks the data of the next connection until `unblock`. */
  blockNext(): void;
  /** Waits for the blocked connection, publishes before its first request arrives, and unblocks it. */
  unblock(prices: readonly number[]): Promise<void>;
  /** Waits until this many requests have a reply. */
  replied(count: number): Promise<void>;
  /** Waits until the server has this many connections and subscriptions. */
  counted(connections: number, subscriptions: number): Promise<void>;
  /** Waits until every client has disconnected. */
  disconnected(): Promise<Seen>;
  close(): Promise<void>;
}

/** Starts a server of `@trading/ws-server` with bars and trades of AAPL, behind a proxy that can cut connections. */
export async function startEngineServer(): Promise<EngineServer & { readonly url: string }> {
  const requests: string[] = [];
  let sockets = 0;
  const waiting = new Set<() => void>();
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise<void>((resolve) => waiting.add(resolve));
  };
  const wake = () => {
    for (const resolve of waiting) resolve();
    waiting.clear();
  };
  const routes = [serve(bars, new ScriptedSource()), serve(trades, new ScriptedSource())];
  const server = createServer({
    title: "Test",
    version: "1",
    modules: [defineModule({ name: "datafeed", version: "1", routes })],
    // A sandboxed frame has the origin null.
    allowedOrigins: "any",
    // A heartbeat timer that outlives its client would keep the process alive for as long.
    heartbeatIntervalMs: 600_000,
    logger: new RecordingLogger(),
    observers: [
      {
        operation({ type }) {
          requests.push(type);
          wake();
        },
        closed() {
          sockets += 1;
          wake();
        },
      },
    ],
  });
  const { port } = await server.listen();
  const proxy = await FaultProxy.listen({ target: port });
  let blocked: Promise<Link> | undefined;

  const publish = (prices: readonly number[]) => {
    for (const price of prices) {
      server.publish(trades, { symbol: "AAPL" }, { id: String(price), time: price, price, qty: 1, side: 1 });
      const bar = { time: 60_000, open: price, high: price, low: price, close: price, volume: 1 };
      server.publish(bars, { symbol: "AAPL", resolution: "1" }, bar);
    }
  };

  return {
    url: `ws://127.0.0.1:${proxy.port}/api/v1/ws`,
    publish,
    cut(prices) {
      proxy.inflict({ does: "cut", afterBytes: 0, by: "RST" });
      publish(prices);
    },
    blockNext() {
      proxy.arm({ does: "hold" });
      blocked = proxy.nextLink();
    },
    async unblock(prices) {
      const link = await blocked;
      publish(prices);
      link?.inflict({ does: "release" });
    },
    replied: (count) => until(() => requests.length >= count),
    async counted(connections, subscriptions) {
      await until(() => {
        const counts = server.counts();
        return counts.connections === connections && counts.subscriptions === subscriptions;
      });
    },
    async disconnected() {
      await until(() => server.counts().connections === 0);
      return { sockets, requests };
    },
    async close() {
      await server.close({ drainMs: 0 });
      await proxy.close();
    },
  };
}
