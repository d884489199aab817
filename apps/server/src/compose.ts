import { createSecureContext } from "node:tls";
import { type Clock, type Logger, type Random, systemClock, systemRandom } from "@trading/ws-server";
import { prometheusMetrics } from "@trading/ws-server/metrics";
import { collectDefaultMetrics } from "prom-client";
import { type App, createApp } from "./app.js";
import { demoRest } from "./auth/demo.js";
import { type Auth, createAuth } from "./auth/from-env.js";
import { createDatafeed } from "./config/create-datafeed.js";
import { type Env, EnvError, readFile } from "./config/env.js";
import type { Datafeed } from "./modules/datafeed/service.js";
import { createModules } from "./modules/index.js";
import type { ServerModule } from "./modules/module.js";
import { createMonitoringServer, type MonitoringServer } from "./monitoring/monitoring-server.js";

/** Dependencies of the server that the environment does not configure. */
export interface ComposeOptions {
  readonly logger: Logger;
  /** @default the system clock */
  readonly clock?: Clock;
  /** @default the system's random source */
  readonly random?: Random;
}

/** A server that does not listen yet. */
export interface ComposedServer {
  readonly app: App;
  readonly datafeed: Datafeed;
  /** Undefined if METRICS_PORT is not set. */
  readonly monitoring: MonitoringServer | undefined;
}

/**
 * Creates the server that the environment variables describe.
 *
 * @throws EnvError, or RecordingError if the recording cannot be played
 */
export async function compose(
  env: Env,
  { logger, clock = systemClock, random = systemRandom }: ComposeOptions,
): Promise<ComposedServer> {
  const datafeed = createDatafeed(env, clock, logger);
  const auth = createAuth(env, env.DATA_DIR, clock, logger);
  const context = { env, datafeed, clock, random, logger, dataDirectory: env.DATA_DIR };
  const modules = await createModules(env.ENABLED_MODULES, context);
  assertAuthConfigured(modules, auth);
  const demo = auth?.demo;
  const metrics = env.METRICS_PORT === "" ? undefined : prometheusMetrics();
  if (metrics !== undefined) collectDefaultMetrics({ register: metrics.register });
  const app = await createApp({
    modules,
    clock,
    logger,
    access: auth?.access,
    authRest: demo && ((rest) => demoRest(rest, { signing: demo, clock, random })),
    allowedOrigins: env.ALLOWED_ORIGINS.length === 0 ? undefined : env.ALLOWED_ORIGINS,
    trustedProxies: proxiesOf(env),
    tls: tlsOf(env),
    metrics,
    streaming: {
      maxConnections: env.MAX_CONNECTIONS,
      maxConnectionsPerAddress: env.MAX_CONNECTIONS_PER_ADDRESS,
      maxSubscriptions: env.MAX_TOPICS_PER_CONNECTION,
      maxBufferedBytes: env.MAX_BUFFERED_BYTES,
    },
  });
  return { app, datafeed, monitoring: metrics && createMonitoringServer(app, metrics) };
}

/**
 * Checks that authorization is configured if any module has private routes.
 *
 * @throws EnvError
 */
export function assertAuthConfigured(modules: readonly ServerModule[], auth: Auth | undefined): void {
  if (auth !== undefined) return;
  const isPrivate = ({ streams: { routes, operations = [] } }: ServerModule) =>
    [...routes.map(({ route }) => route), ...operations.map(({ operation }) => operation)].some(
      ({ access }) => access === "private",
    );
  const privateModules = modules.filter(isPrivate).map(({ name }) => name);
  if (privateModules.length === 0) return;
  const others = modules.map(({ name }) => name).filter((name) => !privateModules.includes(name));
  throw new EnvError(
    "AUTH_MODE",
    `AUTH_MODE is not set, but the module ${privateModules.join(", ")} needs it: set AUTH_MODE=demo to try it on this machine, ` +
      `AUTH_MODE=jwt with a JWT_SECRET to serve others, or disable the module with ENABLED_MODULES=${others.join(",")}.`,
  );
}

function proxiesOf({ TRUSTED_PROXIES: given }: Env): readonly string[] | undefined {
  if (given.length === 0) return undefined;
  return given.filter((proxy) => proxy !== "none");
}

/**
 * Reads the TLS certificate and key.
 *
 * @throws EnvError if they cannot be read or do not match
 */
function tlsOf({ TLS_CERT_FILE, TLS_KEY_FILE }: Env) {
  if (TLS_CERT_FILE === "") return undefined;
  const cert = readFile("TLS_CERT_FILE", TLS_CERT_FILE);
  const key = readFile("TLS_KEY_FILE", TLS_KEY_FILE);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const files = `TLS_CERT_FILE is ${JSON.stringify(TLS_CERT_FILE)} and TLS_KEY_FILE is ${JSON.stringify(TLS_KEY_FILE)}`;
    const message = `${files}: expected a certificate and its private key, both PEM (${(error as Error).message}).`;
    throw new EnvError("TLS_CERT_FILE", message);
  }
  return { cert, key };
}
