import { bars, trades } from "@trading/topic";
import { createServer, defineModule, serve } from "@trading/ws-server";
import { RecordingLogger, ScriptedSource } from "@trading/ws-server/testing";
import { FaultProxy } from "../../../../tooling/chaos/src/fault-proxy.js";
import type { Link } from "../../../../tooling/chaos/src/link.js";

/** What a server has seen of its clients, from its start until they had all left. */
export interface Seen {
  readonly sockets: number;
  /** The types of the requests, in the order of their answers. */
  readonly requests: readonly string[];
}

/** What a test does with a server whose client is elsewhere. */
export interface EngineServer {
  /** Publishes one trade and one bar of AAPL for each price. */
  publish(prices: readonly number[]): void;
  /** Resets every connection, and publishes what no client of them can get any more. */
  cut(prices: readonly number[]): void;
  /** Lets nothing through of the next connection, until `release`. */
  holdNext(): void;
  /** Waits for the connection that is held, publishes before it has brought a request, and lets it go on. */
  release(prices: readonly number[]): Promise<void>;
  /** Waits until so many requests have been answered. */
  answered(count: number): Promise<void>;
  /** Waits until every client has left. */
  deserted(): Promise<Seen>;
  close(): Promise<void>;
}

/**
 * A server of the engine with bars and trades of AAPL, behind a proxy that cuts, for clients in a page or in another
 * process.
 */
export async function startEngineServer(): Promise<EngineServer & { readonly url: string }> {
  const requests: string[] = [];
  let sockets = 0;
  const waiting = new Set<() => void>();
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await new Promise<void>((resolve) => waiting.add(resolve));
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
    // A heartbeat's timer that outlives its client keeps a process for as long.
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
  const proxy = await FaultProxy.listen({ targetPort: port });
  let held: Promise<Link> | undefined;

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
    holdNext() {
      proxy.arm({ does: "hold" });
      held = proxy.nextLink();
    },
    async release(prices) {
      const link = await held;
      publish(prices);
      link?.inflict({ does: "release" });
    },
    answered: (count) => until(() => requests.length >= count),
    async deserted() {
      await until(() => server.counts().connections === 0);
      return { sockets, requests };
    },
    async close() {
      await server.close({ drainMs: 0 });
      await proxy.close();
    },
  };
}
