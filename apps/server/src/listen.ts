import cluster from "node:cluster";
import type { Clock } from "@trading/ws-server";
import type { ComposedServer } from "./compose.js";
import type { Env } from "./config/env.js";

/** Number of TCP connections that are accepted in one turn of the event loop. */
const ACCEPTS_PER_TURN = 16;

/** The ports that a server listens on, also if any free one was requested. */
export interface Ports {
  readonly port: number;
  /** Undefined if METRICS_PORT is not set. */
  readonly monitoringPort: number | undefined;
}

/**
 * Starts listening: first for operators, who see that the server is starting, and for clients once its datafeed is prepared.
 * So no client waits for data that only the first one would load, tokens that other servers have revoked are refused, and a proxy sends none before `/readyz` replies 200.
 *
 * @returns undefined if the server was closed meanwhile
 * @throws EnvError or the system's error if an address is not available
 */
export async function listen(
  {
    app,
    datafeed,
    monitoring,
    peers,
  }: Pick<ComposedServer, "app" | "datafeed" | "monitoring"> & Partial<Pick<ComposedServer, "peers">>,
  env: Env,
  clock: Clock,
): Promise<Ports | undefined> {
  const monitoringPort = await monitoring?.listen(Number(env.METRICS_PORT), env.METRICS_HOST);
  await Promise.all([datafeed.prepare(clock), peers?.ready(clock)]);
  if (app.state !== "starting") return undefined;
  // The primary accepts the connections of workers. On Windows, Node accepts many in a turn.
  const acceptsPerTurn = cluster.isWorker || process.platform === "win32" ? 1 : ACCEPTS_PER_TURN;
  return { port: await app.listen(env.PORT, env.HOST, { acceptsPerTurn }), monitoringPort };
}
