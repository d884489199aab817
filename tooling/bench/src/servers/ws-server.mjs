import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttpsServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bars, defineOperation, defineRoute, quotes, SINGLE_KEY } from "@trading/topic";
import { compactCodec, createServer, defineModule, serve, serveOperation } from "@trading/ws-server";
import * as z from "zod/mini";

/** Limits raised or turned off: the bench is one client with the load of many. */
const UNLIMITED = {
  heartbeatIntervalMs: 0,
  maxConnectionLifespanMs: 0,
  maxSubscriptions: 1_000_000,
  maxTopics: 0,
  maxRequestsPerSecond: 0,
};

const order = z.object({ symbol: z.string(), quantity: z.number(), note: z.nullable(z.string()) });

/** An operation whose request is an array of objects, which a hostile client can fill with invalid elements. */
const placeOrders = defineOperation({
  name: "orders.place",
  request: z.object({ orders: z.array(order) }),
  reply: z.object({ count: z.number() }),
  access: "public",
});

/** The books of a market, under the name that all loads have. */
const books = defineRoute({
  name: "bars",
  summary: "Books",
  access: "public",
  params: z.object({ symbol: z.string(), resolution: z.string() }),
  update: z.object({
    ...Object.fromEntries(["time", "open", "high", "low", "close", "volume"].map((name) => [name, z.number()])),
    levels: z.array(z.tuple([z.number(), z.number()])),
  }),
  key: SINGLE_KEY,
});

/** Many keys, of which a new client gets a snapshot. */
const rowsRoute = defineRoute({
  name: "rows",
  summary: "Rows",
  access: "public",
  params: z.object({ name: z.string() }),
  update: z.object({ id: z.string(), symbol: z.string(), quantity: z.number(), price: z.number(), state: z.string() }),
  key: "id",
});

/** @param {number} count */
function sourceOfRows(count) {
  return {
    createTopic(_topic, _params, publish) {
      for (let row = 0; row < count; row++) {
        publish({
          id: `row-${row}`,
          symbol: `SYM${row % 50}`,
          quantity: row,
          price: 100 + row / 100,
          state: "working",
        });
      }
    },
  };
}

/**
 * Starts `@trading/ws-server` through its public API.
 *
 * @param {{ hubPath?: string, redisUrl?: string, isMarket?: boolean, isCompact?: boolean, secret?: string, rows?: number, hasTls?: boolean }} options those of `createServer`, and the socket of the hub of
 *   several workers, or the URL of the Redis of several nodes; whether updates are books instead of bars, and
 *   whether clients can request compact updates; the secret of their tokens; the number of keys of the route `rows`; whether the server is
 *   attached to an HTTPS server with a new self-signed certificate
 */
export async function start({ hubPath, redisUrl, isMarket, isCompact, secret, rows = 0, hasTls, ...options }) {
  /** @type {Map<string, import("@trading/ws-server").Publish<any>>} */
  const running = new Map();
  const source = {
    createTopic(_topic, { symbol }, publish) {
      running.set(symbol, publish);
      return () => void running.delete(symbol);
    },
  };
  /** A source that never publishes. */
  const silent = { createTopic() {} };
  const server = createServer({
    title: "Bench",
    version: "1.0.0",
    ...UNLIMITED,
    ...options,
    ...(isCompact && { codec: compactCodec() }),
    ...(secret && { authenticate: await authenticatorOf(secret) }),
    ...((hubPath || redisUrl) && { pubSub: await clusterPubSub(hubPath, redisUrl) }),
    modules: [
      defineModule({
        name: "bench",
        version: "1.0.0",
        routes: [
          isMarket ? serve(books, source) : serve(bars, source),
          serve(quotes, silent),
          serve(rowsRoute, sourceOfRows(rows)),
        ],
        operations: [serveOperation(placeOrders, ({ orders }) => ({ count: orders.length }))],
      }),
    ],
  });
  const { port } = hasTls ? await listenWithTls(server) : await server.listen();
  return {
    port,
    publish: (symbol, update) => running.get(symbol)?.(update),
    counts: () => server.counts(),
  };
}

// Both load their modules only if they are used: that takes a third of the start of a server.

/** @param {string} secret */
async function authenticatorOf(secret) {
  const { jwtAuthenticator } = await import("@trading/ws-server/jwt");
  return jwtAuthenticator({ secret }, { algorithms: ["HS256"] });
}

/** @param {string} [hubPath] @param {string} [redisUrl] instead of the hub */
async function clusterPubSub(hubPath, redisUrl) {
  const { ClusterPubSub, IpcBus } = await import("@trading/ws-server/cluster");
  if (hubPath) return new ClusterPubSub({ bus: new IpcBus({ path: hubPath }) });
  const { RedisBus } = await import("@trading/ws-server/redis");
  return new ClusterPubSub({ bus: new RedisBus({ url: /** @type {string} */ (redisUrl) }) });
}

/** @param {ReturnType<typeof createServer>} server */
async function listenWithTls(server) {
  const folder = mkdtempSync(join(tmpdir(), "bench-tls-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const args = ["req", "-x509", ...newKey, "-keyout", key, "-out", cert, "-subj", "/CN=127.0.0.1", "-days", "1"];
  const { error, status, stderr } = spawnSync("openssl", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`openssl could not create a certificate: ${error?.message ?? stderr}`);
  const http = createHttpsServer({ key: readFileSync(key), cert: readFileSync(cert) });
  rmSync(folder, { recursive: true });
  server.attach(http);
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  return /** @type {import("node:net").AddressInfo} */ (http.address());
}
