import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { SampleProxy, URL_BEHIND_PROXY } from "../../../src/proxies/proxy.mjs";
import { ServerProcess } from "../../../src/proxies/server-process.mjs";
import { root } from "../../../src/run.mjs";

/** Time that the servers need after a restart, and clients to settle, in milliseconds. */
const SETTLE_MS = 3_000;
/** Time after which a client that has not come back is reported as away. */
const MAX_AWAY_MS = 120_000;

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * The effects of a restart on clients.
 *
 * @typedef {{ failed: number, awayMs: number[], downMs: number[] }} Outcome
 */

/**
 * Restarts each server once, one after the other, while clients are subscribed through a proxy.
 *
 * @param {{ proxy: import("../../../src/proxies/samples.mjs").ProxyName, servers: number, clients: number,
 *   environment: Readonly<Record<string, string>>, directory?: string | undefined, change?: (config: string) => string }} options
 *   `directory`: the repository whose server and client are measured; `change`: edits the proxy's configuration
 * @returns {Promise<Outcome>}
 */
export async function restart({ proxy: name, servers: count, clients: clientCount, environment, directory, change }) {
  const servers = Array.from({ length: count }, () => new ServerProcess(environment, directory));
  /** @type {{ close(): void }[]} */
  const clients = [];
  /** @type {SampleProxy | undefined} */
  let proxy;
  try {
    await Promise.all(servers.map((server) => server.start()));
    proxy = await SampleProxy.start(name, servers, change);
    const module = join(directory ?? root, "packages/ws-client/dist/esm/index.js");
    const shapes = join(directory ?? root, "packages/topic/dist/esm/shapes.js");
    const { createClient } = await import(pathToFileURL(module).href);
    const { quotes } = await import(pathToFileURL(shapes).href);
    /** @type {Outcome} */
    const outcome = { failed: 0, awayMs: [], downMs: [] };
    const counting = { isOn: false };
    const WebSocket = proxy.socketClass((isOpen) => {
      if (counting.isOn && !isOpen) outcome.failed++;
    });
    let away = clientCount;
    for (let index = 0; index < clientCount; index++) {
      const client = createClient({ url: URL_BEHIND_PROXY, WebSocket, onError: () => {} });
      clients.push(client);
      let leftAt = performance.now();
      let isAway = true;
      client.tap((/** @type {{ kind: string, frame?: string, state?: { status: string } }} */ event) => {
        if (event.kind === "state" && event.state?.status !== "connected" && !isAway) {
          leftAt = performance.now();
          isAway = true;
          away++;
        }
        // The topic is subscribed again.
        if (event.kind === "received" && isAway && event.frame?.includes(".subscribe.response")) {
          isAway = false;
          away--;
          if (counting.isOn) outcome.awayMs.push(performance.now() - leftAt);
        }
      });
      client.subscribe(quotes, { symbols: [], fast_symbols: ["AAPL"] }, () => {});
    }
    const allBack = async () => {
      for (const since = performance.now(); away > 0; await sleep(20)) {
        if (performance.now() - since > MAX_AWAY_MS) throw new Error(`${away} clients have not come back`);
      }
    };
    await allBack();
    await sleep(SETTLE_MS);
    counting.isOn = true;
    for (const server of servers) {
      await server.stop();
      const stoppedAt = performance.now();
      await server.start();
      outcome.downMs.push(performance.now() - stoppedAt);
      await sleep(SETTLE_MS);
      await allBack();
    }
    counting.isOn = false;
    return outcome;
  } finally {
    for (const client of clients) client.close();
    await proxy?.stop();
    await Promise.all(servers.map((server) => server.stop()));
  }
}

/** Returns a quantile of times as seconds. @param {readonly number[]} times @param {number} share */
export function quantile(times, share) {
  const sorted = [...times].sort((left, right) => left - right);
  return (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0) / 1_000;
}
